import { afterAll, beforeAll, expect, it } from 'vitest'

import { eventually } from '../testing/deadline.ts'
import { RawClient, type RawClientOptions, requestText } from '../testing/raw-client.ts'
import { readMetrics } from '../testing/read-metrics.ts'
import { type ProxyUnderTest, runProxy } from '../testing/run-proxy.ts'
import { type ScriptedBackEnd, startBackEnd } from '../testing/scripted-back-end.ts'

const POLLING = 'X-Requested-With: XMLHttpRequest'
const URLS = ['http://store/changelog/section/1', 'http://store/changelog/section/2']
/** A poll waits for longer than a test takes. */
const HELD = { enabled: true, holdMs: 600_000, quietMs: 100 }
const ENDS = 'sse_proxy_streams_ended_total{reason="polled"}'

let backEnd: ScriptedBackEnd
let proxy: ProxyUnderTest

beforeAll(async () => {
  backEnd = await startBackEnd()
  proxy = await startProxy({ longPoll: HELD })
})
afterAll(async () => {
  await proxy[Symbol.asyncDispose]()
  await backEnd[Symbol.asyncDispose]()
})

async function startProxy(settings: object): Promise<ProxyUnderTest> {
  const started = await runProxy({ backEnds: [backEnd.uri], settings })
  await started.healthy()
  return started
}

async function poll(
  lastEventId?: string,
  { port = proxy.port, version = '1.1' }: Partial<RawClientOptions> = {},
): Promise<RawClient> {
  const id = lastEventId === undefined ? [] : [`Last-Event-ID: ${lastEventId}`]
  return await RawClient.get({ port, version, fields: [POLLING, ...id] })
}

/** The newest id, as a new client gets it. */
async function newestId(port = proxy.port): Promise<string> {
  await using client = await poll(undefined, { port })
  return await eventually('a new client has an id', () => client.reading.lastEventId)
}

function send(...data: readonly string[]): void {
  backEnd.send(data.map((text) => `data: ${text}\n\n`).join(''))
}

it('a long poll without events waits, gets the next burst, and ends in good order', async () => {
  await using client = await poll()
  await eventually('the client has an id', () => client.reading.lastEventId)
  send('A', 'B')
  await client.closed()
  expect(client.data).toEqual(['A', 'B'])
  expect(client.error).toBeUndefined()
  expect(client.head).toMatch(/^connection: close$/im)
  expect(client.bytes.toString()).toMatch(/\r\n0\r\n\r\n$/)
})

it('a long poll with an id gets its backlog, and the next one nothing twice', async () => {
  const id = await newestId()
  await using stream = await RawClient.get({ port: proxy.port })
  send('A', 'B')
  await stream.received(2)
  await using backlog = await poll(id)
  await backlog.closed()
  expect(backlog.data).toEqual(['A', 'B'])
  await using next = await poll(backlog.reading.lastEventId)
  send('C')
  await next.closed()
  expect(next.data).toEqual(['C'])
  expect(stream.data).toEqual(['A', 'B', 'C'])
  expect(stream.isClosed).toBe(false)
})

it('a long poll of HTTP/1.0 ends with the connection', async () => {
  await using client = await poll(await newestId(), { version: '1.0' })
  send('A')
  await client.closed()
  expect(client.error).toBeUndefined()
  expect(client.body.toString()).toMatch(/\ndata: A\n\n$/)
})

it('a long poll whose head comes in pieces ends as well', async () => {
  await using client = await RawClient.dial(proxy.port)
  // Node's HTTP server reads a head in more than two pieces.
  for (const byte of requestText({ fields: [POLLING] })) {
    client.socket.write(byte)
    await new Promise(setImmediate)
  }
  await eventually('the client has an id', () => client.reading.lastEventId)
  send('A')
  await client.closed()
  expect(client.data).toEqual(['A'])
})

it('a burst without a pause is cut, and the next long poll continues it', async () => {
  await using patient = await startProxy({ longPoll: { ...HELD, quietMs: 600_000 } })
  await using first = await poll(undefined, { port: patient.port })
  await eventually('the client has an id', () => first.reading.lastEventId)
  let sent = 0
  const sending = setInterval(() => send(String(++sent)), 10)
  try {
    await first.closed()
  } finally {
    clearInterval(sending)
  }
  await using second = await poll(first.reading.lastEventId, { port: patient.port })
  send('last')
  await eventually('the last event arrives', () => second.data.includes('last'))
  const numbers = Array.from({ length: sent }, (_, index) => String(index + 1))
  expect([...first.data, ...second.data]).toEqual([...numbers, 'last'])
})

it('a long poll ends with the write that reaches maxBytes, and the next one gets the rest', async () => {
  await using small = await startProxy({ longPoll: { ...HELD, maxBytes: 1024 } })
  const id = await newestId(small.port)
  await using stream = await RawClient.get({ port: small.port })
  const large = Array.from({ length: 12 }, (_, index) => `${index} ${'x'.repeat(50_000)}`)
  send(...large)
  await stream.received(large.length)
  const got: string[] = []
  const sizes: number[] = []
  let from = id
  while (got.length < large.length) {
    await using client = await poll(from, { port: small.port })
    await client.closed()
    got.push(...client.data)
    sizes.push(client.byteCount)
    from = client.reading.lastEventId
  }
  expect(got).toEqual(large)
  // A page of the log is the largest write.
  expect(Math.max(...sizes)).toBeLessThan(270_000)
  expect(sizes.length).toBeGreaterThan(2)
})

it.each([true, false])(
  'a long poll that gets no event ends after holdMs with an id to return with, earlyId %s',
  async (earlyId) => {
    const longPoll = { ...HELD, holdMs: 150 }
    await using quick = await startProxy({ longPoll, replay: { earlyId } })
    await using client = await poll(undefined, { port: quick.port })
    await client.closed()
    expect(client.error).toBeUndefined()
    expect(client.events).toEqual([])
    send('between two polls')
    await using next = await poll(client.reading.lastEventId, { port: quick.port })
    await next.closed()
    expect(next.data).toEqual(['between two polls'])
  },
)

it('a long poll with an unknown id waits for its announcement, and the next one has no gap', async () => {
  await using quick = await startProxy({ longPoll: { ...HELD, holdMs: 100 }, heartbeatMs: 5000 })
  await using stream = await RawClient.get({ port: quick.port })
  send(...URLS)
  await stream.received(2)
  // All but the first one wait for their turns, longer than a poll without events is held.
  const clients = await Promise.all(
    Array.from({ length: 8 }, () => poll('other-1', { port: quick.port })),
  )
  for (const client of clients) {
    await client.closed()
    expect(client.data).toEqual(['{"reason":"unknown"}', ...URLS])
    await using next = await poll(client.reading.lastEventId, { port: quick.port })
    await next.closed()
    expect(next.events).toEqual([])
  }
})

it('heartbeats do not end a long poll', async () => {
  await using beating = await startProxy({ longPoll: HELD, heartbeatMs: 100 })
  await using client = await poll(undefined, { port: beating.port })
  await eventually('heartbeats arrive', () => client.body.toString().split('\n:\n').length > 4)
  send('A')
  await client.closed()
  expect(client.data).toEqual(['A'])
})

it('a long poll that shutdown ends gets no retry field, which would slow down all later polls', async () => {
  const closing = await startProxy({ longPoll: HELD })
  await using client = await poll(undefined, { port: closing.port })
  await using stream = await RawClient.get({ port: closing.port })
  await closing[Symbol.asyncDispose]()
  await client.closed()
  await stream.closed()
  expect(client.reading.retryMs).toBeUndefined()
  expect(stream.reading.retryMs).toBeGreaterThanOrEqual(1000)
})

it('long polls count as clients for maxPerAddress', async () => {
  const limits = { maxPerAddress: 2 }
  await using limited = await startProxy({ longPoll: HELD, limits })
  await using stream = await RawClient.get({ port: limited.port })
  await using first = await poll(undefined, { port: limited.port })
  await using refused = await poll(undefined, { port: limited.port })
  expect(refused.head).toMatch(/^HTTP\/1\.1 503 /)
  send('A')
  await first.closed()
  await eventually('there is room again', async () => {
    await using next = await poll(first.reading.lastEventId, { port: limited.port })
    return next.head?.includes('200 OK')
  })
  expect(stream.data).toEqual(['A'])
})

it('metrics count long polls and their ends', async () => {
  await using counted = await startProxy({ longPoll: HELD })
  await using stream = await RawClient.get({ port: counted.port })
  for (const name of ['A', 'B']) {
    await using client = await poll(undefined, { port: counted.port })
    await eventually('the client has an id', () => client.reading.lastEventId)
    send(name)
    await client.closed()
  }
  await stream.received(2)
  const metrics = await eventually('both ends are counted', async () => {
    const now = await readMetrics(counted.adminPort)
    return now.get(ENDS) === 2 && now
  })
  expect(metrics.get('sse_proxy_long_polls_total')).toBe(2)
  expect(metrics.get('sse_proxy_clients{process="1"}')).toBe(1)
})

it('a request of XMLHttpRequest gets a stream that stays open while longPoll is off', async () => {
  await using off = await startProxy({ longPoll: { quietMs: 20, holdMs: 100 } })
  await using client = await poll(undefined, { port: off.port })
  send('A')
  await client.received(1)
  await using witness = await poll(await newestId(), { port: proxy.port })
  send('B')
  // By then a response that were to end would have: this one ends after more time.
  await witness.closed()
  expect(client.data).toEqual(['A', 'B'])
  expect(client.isClosed).toBe(false)
})

it('HEAD of a client that polls gets the fields of GET', async () => {
  await using get = await poll()
  await using head = await RawClient.dial(proxy.port)
  head.socket.write(requestText({ method: 'HEAD', fields: [POLLING] }))
  await head.closed()
  const own = /^(date|transfer-encoding|sse-proxy-chain): /i
  const fields = (client: RawClient) =>
    client.head?.split('\r\n').filter((line) => !own.test(line)) ?? []
  expect(fields(head)).toEqual(fields(get))
})

it.each([
  [true, 'x-requested-with,cache-control,last-event-id', true],
  [true, 'x-other', false],
  [false, 'cache-control', false],
])(
  'with longPoll %s, a preflight for the fields %s is allowed: %s',
  async (enabled, asked, isAllowed) => {
    await using strict = await runProxy({
      backEnds: [backEnd.uri],
      settings: { longPoll: { enabled } },
      blocks: { cors: { allowedHeaders: 'Accept' } },
    })
    const fields = [
      'Origin: https://a.example',
      'Access-Control-Request-Method: GET',
      `Access-Control-Request-Headers: ${asked}`,
    ]
    await using client = await RawClient.dial(strict.port)
    client.socket.write(requestText({ method: 'OPTIONS', fields }))
    await client.closed()
    expect(client.head?.includes('Access-Control-Allow-Origin')).toBe(isAllowed)
  },
)
