import request from 'supertest'
import { expect, it } from 'vitest'

import { JournalBench } from '../testing/journal-bench.ts'
import { RawClient } from '../testing/raw-client.ts'
import { serveStore, TEST_LOGIN } from '../testing/serve-store.ts'
import { StreamReader } from '../testing/stream-reader.ts'
import { until } from '../testing/until.ts'

const SERVICE = '/webservice/escenic'
const LOG = `${SERVICE}/changelog/section/22`
const ENTRY = '<entry xmlns="http://www.w3.org/2005/Atom"><title>A</title></entry>'

const bench = await JournalBench.forFile()
const { store } = bench

it('the journal joins an edit, its frames and the poll that returned its row by one correlation', async () => {
  await using stream = await StreamReader.open(`${store.url}${SERVICE}/changelog/sse`)
  const agent = request(store.url)
  await agent
    .post(`${SERVICE}/section/22/content-items`)
    .auth(...TEST_LOGIN)
    .set('Content-Type', 'application/atom+xml')
    .send(ENTRY)
    .expect(201)
  await stream.until(({ data }) => data.length === 2, 'two events')
  const [, section = ''] = stream.data
  const { changeId } = store.control.item(802)
  await fetch(`${section}/after/${changeId - 1}?count=10`, login())
  await fetch(`${section}/after/${changeId}?count=10`, login())
  await bench.responses(3)
  const joined = bench.entries({ correlation: `change-${changeId}` })
  expect(joined.map(({ kind }) => kind)).toEqual([
    'request',
    'change',
    'frame',
    'response',
    'request',
    'response',
  ])
  expect(joined).toMatchObject([
    { method: 'POST' },
    { change: { id: changeId, kind: 'created', subject: { kind: 'item', id: 802 } } },
    { clients: 1, events: 2, text: stream.text },
    { method: 'POST', status: 201 },
    { method: 'GET', url: `${LOG}/after/${changeId - 1}?count=10` },
    { method: 'GET', status: 200, log: LOG },
  ])
})

it('the journal joins a Live Center entry, its events and the poll of its log', async () => {
  const path = '/live-center-editorial'
  await using stream = await StreamReader.open(`${store.url}${path}/changelog/sse`)
  await request(store.url)
    .post(`${path}/event/18/entries`)
    .auth(...TEST_LOGIN)
    .send({ payload: [] })
    .expect(201)
  await stream.until(({ data }) => data.length === 1, 'an event')
  await fetch(`${stream.data[0] ?? ''}?count=1`, login())
  await bench.responses(2)
  const [correlation = ''] = bench.entries({ kind: ['change'] })[0]?.correlation ?? []
  expect(correlation).toMatch(/^live-\d+$/)
  const kinds = bench.entries({ correlation }).map(({ kind }) => kind)
  expect(kinds).toEqual(['request', 'change', 'frame', 'response', 'request', 'response'])
})

it('the journal has two correlations for two edits that follow each other', async () => {
  const first = store.control.publishItem(801).change.id
  const second = store.control.publishItem(784).change.id
  expect(bench.entries().map(({ correlation }) => correlation)).toEqual([
    [`change-${first}`],
    [`change-${second}`],
  ])
})

it('the journal records a response with its status, fields, bytes and user', async () => {
  const answer = await request(store.url)
    .get(`${SERVICE}/content/801`)
    .auth(...TEST_LOGIN)
    .set({ 'User-Agent': 'test', 'If-None-Match': '"x"' })
  const [response] = await bench.responses(1)
  const [sent] = bench.entries({ kind: ['request'] })
  expect(sent).toMatchObject({
    method: 'GET',
    url: `${SERVICE}/content/801`,
    remoteAddress: '127.0.0.1',
    headers: { 'user-agent': 'test', 'if-none-match': '"x"', authorization: 'Basic ***' },
    response: response?.id,
  })
  const { 'content-type': type, etag } = answer.headers
  expect(response).toMatchObject({
    request: sent?.id,
    user: 'user',
    status: 200,
    durationMs: 0,
    complete: true,
    headers: { 'content-type': type, etag },
    log: null,
  })
  if (response?.kind !== 'response') throw new Error('expected a response')
  const head = response.bytes - Buffer.byteLength(answer.text)
  expect(head).toBeGreaterThan(100)
  expect(head).toBeLessThan(1_000)
})

it('the journal records a fault that struck with the request that it struck', async () => {
  const fault = { name: 'cut', kind: 'reset', scope: 'item' } as const
  store.control.setFaults([fault])
  await expect(fetch(`${store.url}${SERVICE}/content/801`, login())).rejects.toThrow('fetch failed')
  const [response] = await bench.responses(1)
  const [sent] = bench.entries({ kind: ['request'] })
  expect(response).toMatchObject({ request: sent?.id, status: null, complete: false })
  expect(bench.entries({ kind: ['fault'] })).toMatchObject([
    { name: 'cut', fault: 'reset', scope: 'item', request: sent?.id },
  ])
})

it('the journal measures durations by the clock of the store', async () => {
  store.control.setFaults([{ name: 'never', kind: 'stall', scope: 'feed' }])
  const gone = new AbortController()
  const stalled = fetch(`${store.url}${LOG}`, { ...login(), signal: gone.signal })
  await until(() => bench.entries().length === 2, 'the request and the fault')
  await store.control.clock.advance(90_000)
  gone.abort()
  await expect(stalled).rejects.toThrow('aborted')
  const [response] = await bench.responses(1)
  expect(response).toMatchObject({ durationMs: 90_000 })
  const times = bench.entries().map(({ at }) => Date.parse(at))
  expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBe(90_000)
})

it('the journal shows no secret of a request, in no format', async () => {
  const url = `${store.url}${SERVICE}/changelog/sse?access_token=opensesame`
  const bearer = { Cookie: 'session=opensesame', Authorization: 'Bearer opensesame' }
  await expect(StreamReader.open(url, { headers: bearer })).rejects.toThrow('status 401')
  await using stream = await StreamReader.open(url, { headers: { Cookie: 'a=opensesame' } })
  await fetch(`${store.url}/opensesame-not-secret?password=opensesame`, {
    headers: { Authorization: 'opensesame', Cookie: 'opensesame' },
  })
  await until(() => bench.entries({ kind: ['response'] }).length === 2, 'two responses')
  expect(stream.ended).toBe(false)
  for (const path of ['journal', 'journal.jsonl', 'journal.har', 'clients']) {
    const answer = await fetch(`${store.url}/__mock/${path}`)
    const shown = (await answer.text()).replaceAll('opensesame-not-secret', '')
    expect(shown).not.toContain('opensesame')
    expect(shown).toContain('access_token=***')
  }
  expect(bench.entries({ kind: ['request'] })).toMatchObject([
    { headers: { authorization: 'Bearer ***', cookie: '***' } },
    { headers: { authorization: 'Basic ***', cookie: '***' } },
    { headers: { authorization: '***', cookie: '***' } },
  ])
})

/** What the journal holds after one request. */
async function bytesAfter(path: string, headers: Readonly<Record<string, string>> = {}) {
  store.control.journal.clear()
  await fetch(store.url + path, { headers: { ...login().headers, ...headers } })
  await bench.responses(1)
  return store.control.journal.query().held.bytes
}

it('the journal keeps the host of a Host header without a login', async () => {
  using client = await RawClient.connect(store.port)
  client.send('GET /nowhere HTTP/1.1\r\nHost: user:opensesame@host.test\r\n\r\n')
  await bench.responses(1)
  expect(bench.entries({ kind: ['request'] })).toMatchObject([{ headers: { host: 'host.test' } }])
  expect(JSON.stringify(store.control.journal.har())).not.toContain('opensesame')
})

it('the journal counts URLs, headers and rows of requests and of their responses', async () => {
  const plain = await bytesAfter('/nowhere', { 'User-Agent': 'a' })
  const path = `/nowhere${'x'.repeat(1_000)}`
  const long = await bytesAfter(path, { 'User-Agent': 'a' })
  // The Content-Length of the 404 has more digits.
  expect([long - plain >= 2_000, long - plain < 2_010]).toEqual([true, true])
  expect(await bytesAfter('/nowhere', { 'User-Agent': 'a'.repeat(201) })).toBe(plain + 400)
  // At most 300 characters of a header are kept, and a mark.
  expect(await bytesAfter('/nowhere', { 'User-Agent': 'a'.repeat(5_000) })).toBe(plain + 600)
  // The log has eight rows, each of which counts 8 bytes. Content-Length and ETag may be longer.
  const [one, nine] = [await bytesAfter(`${LOG}?count=1`), await bytesAfter(`${LOG}?count=9`)]
  expect(nine - one).toBeGreaterThanOrEqual(7 * 8)
  expect(nine - one).toBeLessThan(7 * 8 + 20)
})

it('the journal does not record the control API', async () => {
  await fetch(`${store.url}/__mock/journal`)
  await fetch(`${store.url}/__mock/items/801/publish`, { method: 'POST' })
  expect(bench.entries().map(({ kind }) => kind)).toEqual(['change'])
})

it('each space has a journal of its own', () => {
  const { control } = store.spaces.create('ann')
  control.publishItem(801)
  expect(bench.entries()).toEqual([])
  expect(control.journal.query().entries).toMatchObject([{ kind: 'change' }])
})

it('the journal records nothing when it is off', async () => {
  await using off = await serveStore({ journalEntries: 0 })
  await using stream = await StreamReader.open(`${off.url}${SERVICE}/changelog/sse`)
  off.control.publishItem(801)
  await stream.until(({ data }) => data.length === 2, 'two events')
  expect(off.control.journal.query()).toMatchObject({ entries: [], cursor: 0 })
})

function login(): { readonly headers: Readonly<Record<string, string>> } {
  return { headers: { authorization: `Basic ${btoa(TEST_LOGIN.join(':'))}` } }
}
