import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { runInNewContext } from 'node:vm'

import { afterAll, beforeAll, expect, it } from 'vitest'

import type { MockContentStore, MockContentStoreOptions } from '../start.ts'
import { startMockContentStore } from '../start.ts'
import { HttpRequest } from '../testing/http-request.ts'
import { StreamReader } from '../testing/stream-reader.ts'
import { until } from '../testing/until.ts'

const { resolve } = createRequire(import.meta.url)
const PATH = '/webservice/escenic/changelog/sse'
const POLLING = { 'x-requested-with': 'XMLHttpRequest' }
let store: MockContentStore

beforeAll(async () => {
  store = await startStore()
})
afterAll(() => store.close())

async function startStore(settings: MockContentStoreOptions = {}): Promise<MockContentStore> {
  return startMockContentStore({
    ids: true,
    replay: true,
    longPoll: true,
    announce: ['section'],
    acceptAnyLogin: true,
    ...settings,
  })
}

/** Changes an item, and returns the id of its event. */
function edit(title: string, { control } = store): string {
  return `${control.updateItem(801, { title }).change.id}-1`
}

async function poll(lastEventId?: string, { url } = store): Promise<StreamReader> {
  const id = lastEventId === undefined ? {} : { 'last-event-id': lastEventId }
  return StreamReader.open(url + PATH, { headers: { ...POLLING, ...id } })
}

async function ended(reader: StreamReader): Promise<readonly string[]> {
  await until(() => reader.ended, 'the end of the response')
  return Array.from(reader.text.matchAll(/^id: (.*)$/gm), ([, id = '']) => id)
}

it('a long poll without an id waits for the next burst, and ends after it', async () => {
  await using reader = await poll()
  expect(reader.headers.connection).toBe('close')
  const burst = [edit('A'), edit('B')]
  expect(await ended(reader)).toEqual(burst)
  expect(store.control.clients()).toEqual([])
})

it('a long poll with an id gets its backlog at once, and the next one nothing twice', async () => {
  const first = edit('A')
  const missed = [edit('B'), edit('C')]
  await using reader = await poll(first)
  expect(await ended(reader)).toEqual(missed)
  await using next = await poll(missed[1])
  const last = edit('D')
  expect(await ended(next)).toEqual([last])
})

it('a burst without a pause is cut, and the next long poll continues it', async () => {
  await using reader = await poll()
  const sent: string[] = []
  const editing = setInterval(() => sent.push(edit('more')), 20)
  const got = await ended(reader)
  clearInterval(editing)
  await using next = await poll(got.at(-1))
  sent.push(edit('last'))
  expect([...got, ...(await ended(next))]).toEqual(sent)
})

it('a long poll that gets no event ends after longPollHoldMs, and the next one continues there', async () => {
  // Nothing has changed yet, so the first id is that of the seed.
  await using quick = await startStore({ longPollHoldMs: 100 })
  let lastId: string | undefined
  for (let round = 0; round < 2; round += 1) {
    await using reader = await poll(lastId, quick)
    const [id, ...more] = await ended(reader)
    expect([reader.data, more]).toEqual([[], []])
    const missed = [edit('A', quick), edit('B', quick)]
    await using next = await poll(id, quick)
    expect(await ended(next)).toEqual(missed)
    lastId = missed[1]
  }
})

it('a long poll ends with the event that reaches longPollMaxBytes, and the next one continues', async () => {
  const longPollMaxBytes = 1024
  const longestText = longPollMaxBytes + 200
  await using small = await startStore({ longPollMaxBytes })
  const first = edit('first', small)
  await using live = await poll(undefined, small)
  // In one turn, as a bulk edit sends them.
  const sent = Array.from({ length: 30 }, (_, n) => edit(String(n), small))
  const ofBurst = await ended(live)
  const got: string[] = []
  while (got.length < sent.length) {
    await using reader = await poll(got.at(-1) ?? first, small)
    const ids = await ended(reader)
    expect(Buffer.byteLength(reader.text)).toBeLessThan(longestText)
    got.push(...ids)
  }
  expect(got).toEqual(sent)
  expect(ofBurst).toEqual(sent.slice(0, ofBurst.length))
  expect(Buffer.byteLength(live.text)).toBeLessThan(longestText)
})

it('a stream that is requested without the header stays open', async () => {
  await using reader = await StreamReader.open(store.url + PATH)
  edit('A')
  await using polling = await poll()
  edit('B')
  await ended(polling)
  expect(reader.data).toHaveLength(2)
  expect(reader.ended).toBe(false)
})

it('longPoll without replay is refused, because events would be lost between two requests', async () => {
  await expect(startMockContentStore({ longPoll: true, ids: true })).rejects.toThrow(
    'longPoll needs replay',
  )
})

it('the polyfill eventsource-polyfill gets every change once, over many long polls', async () => {
  await until(() => store.control.clients().length === 0, 'the end of earlier streams')
  const source = readFileSync(resolve('eventsource-polyfill/dist/eventsource.js'), 'utf8')
  const ids: string[] = []
  let atEnd: (() => void) | undefined
  class NotedRequest extends HttpRequest {
    override onEnd = (): void => atEnd?.()
  }
  const timers = { setTimeout, clearTimeout, setInterval, clearInterval }
  const window: Record<string, unknown> = { ...timers, XMLHttpRequest: NotedRequest }
  const stream: { close: () => void } = runInNewContext(
    `this.window = this; this.location = { origin: url }; ${source}
     const stream = new EventSource(url, { interval: 10 })
     stream.onmessage = ({ lastEventId }) => note(lastEventId)
     stream`,
    Object.assign(window, { url: store.url + PATH, note: (id: string) => ids.push(id) }),
  )
  try {
    await until(() => store.control.clients().length === 1, 'the first long poll')
    const sent: string[] = []
    for (let burst = 0; burst < 3; burst += 1) {
      const all = sent.length + 3
      atEnd = () => {
        atEnd = undefined
        // Between two requests.
        sent.push(edit('three'))
      }
      sent.push(edit('one'), edit('two'))
      await until(() => ids.length >= all, 'the burst, and the change between two requests')
    }
    expect(ids).toEqual(sent)
  } finally {
    stream.close()
  }
})
