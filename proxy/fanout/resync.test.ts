import { describe, expect, it } from 'vitest'

import { eventually } from '../testing/deadline.ts'
import { RawClient } from '../testing/raw-client.ts'
import { type ProxyUnderTest, runProxy } from '../testing/run-proxy.ts'
import { type ScriptedBackEnd, startBackEnd, STREAM_HEAD } from '../testing/scripted-back-end.ts'

const GAP = 'sse-proxy-gap'
const url = (number: number) => `http://store/changelog/section/${number}`
const pointers = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => url(from + index))
const frames = (urls: readonly string[]) => urls.map((text) => `data: ${text}\n\n`).join('')

/** A proxy that has seen what the back end sends first, and a client that has too. */
async function seen(proxy: ProxyUnderTest, backEnd: ScriptedBackEnd, count: number, bytes: string) {
  await proxy.healthy()
  const client = await RawClient.get({ port: proxy.port })
  backEnd.send(bytes)
  await client.received(count)
  return client
}

describe('a client that may have missed events', () => {
  it.each(['other-1', 'x'])(
    'a client that may have missed events first gets the URL of every known change log: %s',
    async (id) => {
      await using backEnd = await startBackEnd()
      await using proxy = await runProxy({ backEnds: [backEnd.uri] })
      const bytes = `${frames(pointers(1, 3))}data: no URL\n\nevent: x\ndata: ${url(9)}\n\ndata: ${url(8)}\ndata: more\n\n${frames(pointers(1, 1))}`
      await using early = await seen(proxy, backEnd, 7, bytes)
      await using back = await RawClient.get({ port: proxy.port, fields: [`Last-Event-ID: ${id}`] })
      backEnd.send('data: live\n\n')
      await eventually('the live event arrives', () => back.data.includes('live'))
      expect(back.events[0]).toMatchObject({ type: GAP, data: '{"reason":"unknown"}' })
      expect(back.data.slice(1)).toEqual([url(2), url(3), url(1), 'live'])
      // It resumes from where it is now, not from where it was.
      expect(back.reading.lastEventId).toBe(early.reading.lastEventId)
    },
  )

  it('a client that waits for its announcement gets no id that would hide the gap', async () => {
    await using backEnd = await startBackEnd()
    await using proxy = await runProxy({ backEnds: [backEnd.uri], settings: { heartbeatMs: 320 } })
    await using early = await seen(proxy, backEnd, 5, frames(pointers(1, 5)))
    const clients = await Promise.all(
      Array.from({ length: 40 }, () =>
        RawClient.get({ port: proxy.port, fields: ['Last-Event-ID: old-1'] }),
      ),
    )
    backEnd.send('data: live\n\n')
    for (const client of clients) {
      await eventually('a waiting client has its turn', () => client.data.includes('live'))
      expect(client.data).toEqual(['{"reason":"unknown"}', ...pointers(1, 5), 'live'])
      expect(client.events.slice(0, 6).every(({ lastEventId }) => lastEventId === '')).toBe(true)
      await client[Symbol.asyncDispose]()
    }
    expect(early.isClosed).toBe(false)
  })

  it('a client gets only the gap event when announcing is off', async () => {
    await using backEnd = await startBackEnd()
    await using proxy = await runProxy({
      backEnds: [backEnd.uri],
      settings: { resync: { mode: 'off' } },
    })
    await using early = await seen(proxy, backEnd, 5, frames(pointers(1, 5)))
    await using back = await RawClient.get({ port: proxy.port, fields: ['Last-Event-ID: old-1'] })
    backEnd.send('data: live\n\n')
    await eventually('the live event arrives', () => back.data.includes('live'))
    expect(back.data).toEqual(['{"reason":"unknown"}', 'live'])
    expect(early.data).toEqual([...pointers(1, 5), 'live'])
  })

  it('a client gets the latest maxPointers change logs after a gap', async () => {
    await using backEnd = await startBackEnd()
    await using proxy = await runProxy({
      backEnds: [backEnd.uri],
      settings: { resync: { maxPointers: 3 } },
    })
    await using early = await seen(proxy, backEnd, 9, frames(pointers(1, 9)))
    await using back = await RawClient.get({ port: proxy.port, fields: ['Last-Event-ID: old-1'] })
    await back.received(4)
    expect(back.data.slice(1)).toEqual(pointers(7, 9))
    expect(early.data).toEqual(pointers(1, 9))
  })
})

describe('when a back end was away', () => {
  it('after an outage all clients get a gap event and the change logs of the back end again', async () => {
    await using one = await startBackEnd()
    await using two = await startBackEnd()
    await using proxy = await runProxy({ backEnds: [one.uri, two.uri] })
    await proxy.healthy()
    await using client = await RawClient.get({ port: proxy.port })
    one.send(frames(pointers(1, 20)))
    two.send(frames(pointers(101, 103)))
    await client.received(23)
    one.drop('reset')
    await client.received(44)
    two.send('data: after\n\n')
    await eventually('the last event arrives', () => client.data.includes('after'))
    const after = client.events.slice(23)
    expect(after[0]).toMatchObject({ type: GAP, data: '{"reason":"outage"}' })
    expect(after.slice(1).map(({ data }) => data)).toEqual([...pointers(1, 20), 'after'])
    // They are events like all others: a client that is disconnected meanwhile gets them by replay.
    await using back = await RawClient.get({
      port: proxy.port,
      fields: [`Last-Event-ID: ${client.events[22]?.lastEventId ?? ''}`],
    })
    await back.received(22)
    expect(back.events).toEqual(after)
  })

  it('after an outage a change log that the back end announces itself is not announced twice', async () => {
    await using backEnd = await startBackEnd()
    await using proxy = await runProxy({
      backEnds: [backEnd.uri],
      settings: { resync: { spreadMs: 3000 } },
    })
    await using client = await seen(proxy, backEnd, 50, frames(pointers(1, 50)))
    backEnd.drop('end')
    await backEnd.requested(2)
    await proxy.healthy()
    backEnd.send(frames([url(50)]))
    await eventually('all are announced', () => client.data.slice(50).includes(url(49)))
    backEnd.send('data: marker\n\n')
    await eventually('the marker arrives', () => client.data.includes('marker'))
    const since = client.events.slice(50)
    expect(since.filter(({ type }) => type === GAP)).toHaveLength(1)
    const announced = since.filter(({ data }) => data.startsWith('http')).map(({ data }) => data)
    expect(announced.toSorted()).toEqual(pointers(1, 50).toSorted())
  })

  it('a back end with ids is resumed after an outage, and nothing is announced again', async () => {
    await using backEnd = await startBackEnd({
      answer: (request) =>
        /last-event-id: ü7/.test(Buffer.from(request, 'latin1').toString('utf8').toLowerCase())
          ? `${STREAM_HEAD}id: 8\ndata: ${url(2)}\n\n`
          : STREAM_HEAD,
    })
    await using proxy = await runProxy({ backEnds: [backEnd.uri] })
    await using client = await seen(proxy, backEnd, 1, `id: ü7\ndata: ${url(1)}\n\n`)
    backEnd.drop('reset')
    await backEnd.requested(2)
    await client.received(2)
    backEnd.send('data: marker\n\n')
    await eventually('the marker arrives', () => client.data.includes('marker'))
    expect(client.data).toEqual([url(1), url(2), 'marker'])
  })
})

describe("the back end's own ids", () => {
  const settings = { replay: { ids: 'upstream', maxFrames: 5 } }

  it('clients get the ids of the back end unchanged, and resume by them', async () => {
    await using backEnd = await startBackEnd()
    await using proxy = await runProxy({ backEnds: [backEnd.uri], settings })
    await using client = await seen(
      proxy,
      backEnd,
      3,
      'data: none\n\nid: a\ndata: 1\n\nid: b\ndata: 2\n\n',
    )
    expect(client.events.map(({ lastEventId }) => lastEventId)).toEqual(['', 'a', 'b'])
    backEnd.send('data: 3\n\nid: c\ndata: 4\n\n')
    await using back = await RawClient.get({ port: proxy.port, fields: ['Last-Event-ID: b'] })
    await back.received(2)
    expect(back.data).toEqual(['3', '4'])
  })

  it('an id of the back end is unknown once its frame is evicted', async () => {
    await using backEnd = await startBackEnd()
    await using proxy = await runProxy({ backEnds: [backEnd.uri], settings })
    await using client = await seen(proxy, backEnd, 1, 'id: a\ndata: 1\n\n')
    for (let number = 2; number <= 8; number += 1) {
      backEnd.send(`id: n${number}\ndata: ${number}\n\n`)
      await client.received(number)
    }
    await using gone = await RawClient.get({ port: proxy.port, fields: ['Last-Event-ID: a'] })
    await gone.received(1)
    expect(gone.events[0]?.type).toBe(GAP)
    await using held = await RawClient.get({ port: proxy.port, fields: ['Last-Event-ID: n3'] })
    await held.received(5)
    expect(held.data).toEqual(['4', '5', '6', '7', '8'])
  })
})
