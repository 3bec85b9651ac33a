import { EventSource } from 'eventsource'
import request from 'supertest'
import { describe, expect, it } from 'vitest'

import type { MockContentStore } from '../start.ts'
import { readFeed } from '../testing/read-feed.ts'
import { serveStore, TEST_LOGIN } from '../testing/serve-store.ts'
import type { StreamReaderOptions } from '../testing/stream-reader.ts'
import { StreamReader } from '../testing/stream-reader.ts'
import { until } from '../testing/until.ts'

const LOGS = '/webservice/escenic/changelog'

async function openStream(
  { url }: MockContentStore,
  options?: StreamReaderOptions,
): Promise<StreamReader> {
  return StreamReader.open(`${url}${LOGS}/sse`, options)
}

/** Ids of the events read so far, once there are `count`. */
async function idsOf(
  stream: StreamReader,
  count: number,
): Promise<readonly (string | undefined)[]> {
  await stream.until(({ data }) => data.length >= count, `${count} events`)
  return [...stream.text.matchAll(/^id: (.+)$/gm)].map(([, id]) => id)
}

describe('the event stream', () => {
  it('ChangeStream sends its head at once and no bytes before the first change', async () => {
    await using store = await serveStore()
    await using stream = await openStream(store)
    expect(stream.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
    })
    store.control.createItem({ sectionId: 22, title: 'A' })
    await stream.until(({ data }) => data.length === 2, 'two events')
    expect(stream.text).toBe(
      `data: ${store.url}${LOGS}/publication/1\n\ndata: ${store.url}${LOGS}/section/22\n\n`,
    )
  })

  it('ChangeStream announces a change after it is committed: a poll on the event finds the row', async () => {
    await using store = await serveStore({ announce: ['section'] })
    await using stream = await openStream(store)
    for (let n = 1; n <= 20; n += 1) {
      const { item } = store.control.createItem({ sectionId: 22, title: `${n}` })
      await stream.until(({ data }) => data.length === n, `event ${n}`)
      const log = await request(store.url)
        .get(`${LOGS}/section/22?count=1`)
        .auth(...TEST_LOGIN)
      expect(readFeed(log.text).identifiers).toEqual([String(item.id)])
    }
  })

  it('ChangeStream announces every kind of change of the web service and the control API', async () => {
    await using store = await serveStore({ announce: ['section'] })
    await using stream = await openStream(store)
    const entry = '<entry xmlns="http://www.w3.org/2005/Atom"><title>A</title></entry>'
    const agent = request(store.url)
    const send = (sent: request.Test) =>
      sent
        .auth(...TEST_LOGIN)
        .set({ 'Content-Type': 'application/atom+xml', 'If-Match': '*' })
        .send(entry)
    await send(agent.post('/webservice/escenic/section/23/content-items')).expect(201)
    await send(agent.put('/webservice/escenic/content/801')).expect(204)
    await request(store.url)
      .delete('/webservice/escenic/content/799')
      .auth(...TEST_LOGIN)
      .expect(200)
    await request(store.url).post('/__mock/items/784/publish').expect(200)
    await stream.until(({ data }) => data.length === 4, 'four events')
    expect(stream.data).toEqual([23, 12, 12, 12].map((id) => `${store.url}${LOGS}/section/${id}`))
  })

  it('ChangeStream announces each log that the announce setting names once', async () => {
    await using store = await serveStore({ announce: ['domain', 'section'] })
    await using stream = await openStream(store)
    store.control.createItem({ sectionId: 24, title: 'A' })
    store.control.createItem({ sectionId: 12, title: 'B' })
    await stream.until(({ data }) => data.length === 3, 'three events')
    expect(stream.data).toEqual([24, 12, 12].map((id) => `${store.url}${LOGS}/section/${id}`))
  })

  it('ChangeStream names the host that each client connected to', async () => {
    await using store = await serveStore({ announce: ['section'] })
    await using one = await openStream(store, { headers: { Host: 'one.test' } })
    await using two = await openStream(store, {
      headers: { 'X-Forwarded-Host': 'two.test', 'X-Forwarded-Proto': 'https' },
    })
    await using own = await openStream(store)
    store.control.publishItem(801)
    const bases = ['http://one.test', 'https://two.test', store.url]
    for (const [index, stream] of [one, two, own].entries()) {
      await stream.until(({ data }) => data.length === 1, 'one event')
      expect(stream.data).toEqual([`${bases[index] ?? ''}${LOGS}/section/12`])
    }
  })

  it('ChangeStream sends ids, a reconnection time and heartbeats when they are enabled', async () => {
    await using store = await serveStore({ ids: true, retryMs: 1_500, heartbeatMs: 20 })
    await using stream = await openStream(store)
    await stream.until(
      ({ text }) => text.startsWith('retry: 1500\n:\n'),
      'a heartbeat after the reconnection time',
    )
    const { change } = store.control.publishItem(801)
    await stream.until(({ data }) => data.length === 2, 'two events')
    const ids = [...stream.text.matchAll(/^id: (.+)$/gm)].map(([, id]) => id)
    expect(ids).toEqual([`${change.id}-1`, `${change.id}-2`])
  })

  it('ChangeStream replays the events after the Last-Event-ID once when replay is enabled', async () => {
    await using store = await serveStore({ ids: true, replay: true })
    const { change } = store.control.publishItem(801)
    store.control.publishItem(784)
    const resume = (id: string) => openStream(store, { headers: { 'Last-Event-ID': id } })
    await using middle = await resume(`${change.id}-1`)
    await using end = await resume(`${change.id}-2`)
    await using unknown = await resume('7-1')
    await using nonsense = await resume('x')
    store.control.publishItem(783)
    expect(await idsOf(unknown, 2)).toEqual(['5052-1', '5052-2'])
    expect(await idsOf(nonsense, 2)).toEqual(['5052-1', '5052-2'])
    expect(await idsOf(end, 4)).toEqual(['5045-1', '5045-2', '5052-1', '5052-2'])
    expect(await idsOf(middle, 5)).toEqual(['5044-2', '5045-1', '5045-2', '5052-1', '5052-2'])
  })

  it('ChangeStream replays nothing by default', async () => {
    await using store = await serveStore({ ids: true })
    const { change } = store.control.publishItem(801)
    await using stream = await openStream(store, { headers: { 'Last-Event-ID': `${change.id}-1` } })
    store.control.publishItem(784)
    await stream.until(({ data }) => data.length === 2, 'two events')
    expect(stream.text).not.toContain(`id: ${change.id}-`)
  })

  it('ChangeStream is readable by an EventSource', async () => {
    await using store = await serveStore({ acceptAnyLogin: true })
    const source = new EventSource(`${store.url}${LOGS}/sse`)
    try {
      const heard = new Promise<string>((resolve) => {
        source.addEventListener('message', ({ data }) => resolve(String(data)), { once: true })
      })
      await until(() => store.control.clients().length === 1, 'the client is connected')
      store.control.publishItem(801)
      expect(await heard).toBe(`${store.url}${LOGS}/publication/1`)
    } finally {
      source.close()
    }
  })

  it('ChangeStream drops a client that does not read and keeps the others', async () => {
    await using store = await serveStore({ maxStreamBufferBytes: 1_048_576 })
    const url = `${store.url}/newsgate/events`
    await using reading = await StreamReader.open(url, { headers: { 'User-Agent': 'reading' } })
    await using stalled = await StreamReader.open(url, { headers: { 'User-Agent': 'stalled' } })
    stalled.pause()
    const agents = () => store.control.clients().map(({ userAgent }) => userAgent)
    const text = 'x'.repeat(250_000)
    const backlogs: number[] = []
    for (let sent = 1; sent <= 200 && agents().includes('stalled'); sent += 1) {
      store.control.publishNewsgate({ data: { text } })
      await reading.until(({ data }) => data.length === sent, `event ${sent}`)
      backlogs.push(...store.control.clients().map(({ backlog }) => backlog))
    }
    expect(Math.max(...backlogs)).toBeGreaterThan(text.length)
    expect(agents()).toEqual(['reading'])
  })

  it('ChangeStream writes nothing after the end of a stream', async () => {
    await using store = await serveStore()
    await using stream = await openStream(store)
    store.control.closeStreams()
    expect(store.control.clients()).toEqual([])
    store.control.publishItem(801)
    await until(() => stream.ended, 'the stream ends')
    expect(stream.text).toBe('')
  })

  it('ChangeStream lists its clients with their counts until they disconnect', async () => {
    await using store = await serveStore()
    {
      await using stream = await StreamReader.open(`${store.url}${LOGS}/sse?token=abc`, {
        headers: { 'User-Agent': 'test', 'Last-Event-ID': '7' },
      })
      expect(store.control.clients()).toMatchObject([{ events: 0, lastEvent: null }])
      const { change } = store.control.publishItem(801)
      await stream.until(({ data }) => data.length === 2, 'two events')
      expect(store.control.clients()).toEqual([
        {
          id: 'client-1',
          stream: 'changes',
          path: `${LOGS}/sse?token=***`,
          baseUrl: store.url,
          host: store.url.replace('http://', ''),
          user: 'user',
          since: '2024-05-02T08:15:30.412Z',
          remoteAddress: '127.0.0.1',
          userAgent: 'test',
          lastEventId: '7',
          events: 2,
          bytes: stream.text.length,
          backlog: 0,
          lastEvent: {
            at: '2024-05-02T08:15:30.412Z',
            text: `data: ${store.url}${LOGS}/section/12\n\n`,
          },
          changeId: change.id,
        },
      ])
    }
    await until(() => store.control.clients().length === 0, 'the client is gone')
  })

  it('ChangeStream answers HEAD with its head and refuses other methods', async () => {
    await using store = await serveStore()
    const head = await request(store.url)
      .head(`${LOGS}/sse`)
      .auth(...TEST_LOGIN)
    expect([head.status, head.headers['content-type']]).toEqual([200, 'text/event-stream'])
    const posted = await request(store.url)
      .post(`${LOGS}/sse`)
      .auth(...TEST_LOGIN)
    expect([posted.status, posted.headers['allow']]).toEqual([405, 'GET, HEAD, OPTIONS'])
    expect(store.control.clients()).toEqual([])
  })
})
