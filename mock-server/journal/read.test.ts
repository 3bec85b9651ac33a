import { validateHar } from 'har-validator-compiled'
import request from 'supertest'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'

import { serveStore, TEST_LOGIN } from '../testing/serve-store.ts'
import type { StreamReaderOptions } from '../testing/stream-reader.ts'
import { StreamReader } from '../testing/stream-reader.ts'
import { until } from '../testing/until.ts'
import { VERSION } from '../version.ts'
import type { JournalPage } from './journal-reader.ts'

const ITEM = '/webservice/escenic/content/801'
const LIMIT = 40

const store = await serveStore({ journalEntries: LIMIT })
const agent = request(store.url)
afterAll(() => store.close())
beforeEach(() => {
  store.control.reset()
})

/** Adds `count` entries: each change is one, as long as no stream is open. */
function change(count: number): void {
  for (let n = 0; n < count; n += 1) store.control.publishItem(801)
}

async function page(query: string) {
  const { entries, cursor, more }: JournalPage = (await agent.get(`/__mock/journal?${query}`)).body
  return { ids: entries.map(({ id }) => id), cursor, more }
}

async function follow(query = '', options?: StreamReaderOptions): Promise<StreamReader> {
  return StreamReader.open(`${store.url}/__mock/journal/stream${query}`, options)
}

function idsOf({ text }: StreamReader): readonly number[] {
  return Array.from(text.matchAll(/^id: (\d+)$/gm), ([, id]) => Number(id))
}

describe('GET /__mock/journal', () => {
  it('GET /__mock/journal answers pages that continue at the cursor', async () => {
    change(5)
    const { cursor: newest } = store.control.journal.query()
    const first = await page(`since=${newest - 5}&limit=3`)
    expect(first).toEqual({
      ids: [newest - 4, newest - 3, newest - 2],
      cursor: newest - 2,
      more: true,
    })
    const second = await page(`since=${first.cursor}&limit=3`)
    expect(second).toEqual({ ids: [newest - 1, newest], cursor: newest, more: false })
    expect((await page('limit=2')).ids).toEqual([newest - 1, newest])
  })

  it('GET /__mock/journal names what was evicted', async () => {
    change(LIMIT + 2)
    const { cursor } = store.control.journal.query()
    const { body } = await agent.get('/__mock/journal')
    expect(body.entries).toHaveLength(LIMIT)
    expect(body).toMatchObject({
      evicted: { count: 2, upTo: cursor - LIMIT },
      held: { entries: LIMIT },
      limits: { entries: LIMIT, bytes: 16_777_216 },
    })
  })

  it('the journal is empty after DELETE and after a reset, and ids continue', async () => {
    change(2)
    const { cursor } = store.control.journal.query()
    await agent.delete('/__mock/journal').expect(204)
    expect(store.control.journal.query()).toMatchObject({
      entries: [],
      cursor,
      evicted: { count: 0, upTo: cursor },
    })
    change(1)
    expect(store.control.journal.query().entries).toMatchObject([{ id: cursor + 1 }])
    store.control.reset()
    expect(store.control.journal.query().entries).toEqual([])
  })

  it.each([
    ['kind=requests', 400, 'kind'],
    ['limit=0', 400, 'limit'],
    ['since=99999999', 410, 'earlier run'],
    ['sinse=1', 400, 'sinse'],
  ])('GET /__mock/journal refuses ?%s with %i', async (query, status, text) => {
    const refused = await agent.get(`/__mock/journal?${query}`)
    expect([refused.status, refused.text]).toEqual([status, expect.stringContaining(text)])
  })
})

describe('GET /__mock/journal/stream', () => {
  it('the stream of the journal sends each new entry as an event, and its readers are no clients of the store', async () => {
    change(1)
    await using stream = await follow()
    change(2)
    await stream.until(({ data }) => data.length === 2, 'two entries')
    const { entries } = store.control.journal.query()
    expect(stream.data.map((text) => JSON.parse(text))).toEqual(entries.slice(-2))
    expect(idsOf(stream)).toEqual(entries.slice(-2).map(({ id }) => id))
    expect(store.control.clients()).toEqual([])
    expect(store.control.info().workers.busy).toBe(0)
    expect(entries.every(({ kind }) => kind === 'change')).toBe(true)
  })

  it('the stream of the journal resumes after the Last-Event-ID, and sends only what is selected', async () => {
    await agent.get(ITEM).auth(...TEST_LOGIN)
    change(3)
    const ids = store.control.journal.query().entries.map(({ id }) => id)
    const headers = { 'Last-Event-ID': String(ids[0]) }
    await using stream = await follow('?kind=change,fault', { headers })
    await stream.until(({ data }) => data.length === 3, 'three entries')
    expect(idsOf(stream)).toEqual(ids.slice(-3))
  })

  it('the stream of the journal reports what was evicted before it could be sent', async () => {
    change(LIMIT + 3)
    const { cursor } = store.control.journal.query()
    await using stream = await follow(`?since=${cursor - LIMIT - 2}`)
    await stream.until(({ data }) => data.length === LIMIT + 1, 'all that is held')
    const { upTo } = store.control.journal.query().evicted
    expect(stream.text).toContain(
      `event: gone\nid: ${upTo}\ndata: {"from":${cursor - LIMIT - 1},"upTo":${upTo}}\n\n`,
    )
    expect(idsOf(stream).at(-1)).toBe(cursor)
  })

  it('the stream of the journal keeps no backlog for a follower that does not read', async () => {
    await using bounded = await serveStore({ journalBytes: 2_000_000 })
    const url = `${bounded.url}/__mock/journal/stream`
    await using stream = await StreamReader.open(url)
    await using listener = await StreamReader.open(`${bounded.url}/newsgate/events`)
    stream.pause()
    const text = 'x'.repeat(9_000)
    // More than the sockets of both sides hold, and never more at once than the journal holds.
    for (let sent = 100; sent <= 2_000; sent += 100) {
      for (let n = 0; n < 100; n += 1) bounded.control.publishNewsgate({ data: { text } })
      await listener.until(({ data }) => data.length === sent, `event ${sent}`)
    }
    const { cursor } = bounded.control.journal.query()
    stream.resume()
    await stream.until((reader) => reader.text.includes('event: gone\n'), 'the gap')
    await stream.until((reader) => idsOf(reader).at(-1) === cursor, 'the newest entry')
    expect(idsOf(stream).length).toBeLessThan(cursor)
  })

  it('the stream of the journal refuses the 101st follower', async () => {
    const following = await Promise.all(Array.from({ length: 100 }, async () => follow()))
    const refused = await agent.get('/__mock/journal/stream')
    expect([refused.status, refused.text]).toEqual([
      409,
      expect.stringContaining('journalFollowers'),
    ])
    for (const stream of following) await stream[Symbol.asyncDispose]()
    await until(
      async () => (await agent.head('/__mock/journal/stream')).status === 200,
      'a place for another follower',
    )
  })
})

describe('exports of the journal', () => {
  it('GET /__mock/journal.jsonl has a line for each entry', async () => {
    await agent.get(ITEM).auth(...TEST_LOGIN)
    change(3)
    const jsonl = await agent.get('/__mock/journal.jsonl').buffer(true)
    const lines = jsonl.text.trimEnd().split('\n')
    expect(jsonl.headers['content-type']).toContain('application/x-ndjson')
    expect(lines.map((line) => JSON.parse(line))).toEqual(store.control.journal.query().entries)
    const changes = await agent.get('/__mock/journal.jsonl?kind=change').buffer(true)
    expect(changes.text.match(/"kind":"change"/g)).toHaveLength(3)
  })

  it('GET /__mock/journal.har is an HTTP Archive 1.2 of all requests and responses', async () => {
    await agent.get(`${ITEM}?a=b&a=c`).auth(...TEST_LOGIN)
    await agent
      .post(ITEM)
      .auth(...TEST_LOGIN)
      .send('{}')
    await using stream = await StreamReader.open(`${store.url}/newsgate/events`)
    await until(
      () => store.control.journal.query({ kind: ['response'] }).entries.length === 2,
      'two responses',
    )
    const { body } = await agent.get('/__mock/journal.har')
    expect(stream.ended).toBe(false)
    validateHar(body)
    expect(body.log.creator).toEqual({ name: 'mock-content-store', version: VERSION })
    expect(body).toEqual(JSON.parse(JSON.stringify(store.control.journal.har())))
    expect(body.log.entries).toMatchObject([
      {
        request: {
          method: 'GET',
          url: `${store.url}${ITEM}?a=b&a=c`,
          queryString: [
            { name: 'a', value: 'b' },
            { name: 'a', value: 'c' },
          ],
        },
        response: {
          status: 200,
          content: { mimeType: 'application/atom+xml;type=entry;charset=UTF-8' },
        },
      },
      {
        request: { method: 'POST', bodySize: 2 },
        response: { status: 405, statusText: 'Method Not Allowed' },
      },
      {
        request: { url: `${store.url}/newsgate/events` },
        response: { status: 0 },
        comment: 'not answered yet',
      },
    ])
    const { response: _response, ...broken } = body.log.entries[0]
    expect(() => validateHar({ log: { ...body.log, entries: [broken] } })).toThrow(
      'Validation Failed',
    )
  })

  it('the HAR of a space has the URLs that were requested, with the path of the space', async () => {
    const { path, control } = store.spaces.create('har')
    await agent.get(`${path}${ITEM}?count=1`).auth(...TEST_LOGIN)
    expect(control.journal.har().log.entries).toMatchObject([
      { request: { url: `${store.url}/space/har${ITEM}?count=1` } },
    ])
    store.spaces.delete('har')
  })
})
