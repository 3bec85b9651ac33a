import { expect, test } from 'vitest'
import type { BackendSettings } from '../../../runner/target.ts'
import { MUTANTS } from '../mutants.ts'
import { openClient } from '../testing/client.ts'
import { data, ids } from '../testing/concentrate.ts'
import { CHUNKED_HEAD, chunk, startOrigin } from '../testing/origin.ts'

// What faults do is tried on their fault points; here it is seen that the reference asks them.

async function startMutant(name: string, ...backends: readonly BackendSettings[]) {
  const mutant = MUTANTS.find((one) => one.role === 'concentrator' && one.name === name)
  if (mutant === undefined) throw new Error(`no mutant ${name}`)
  const target = await mutant.start({ role: 'concentrator', backends }, 0)
  return { ...target, [Symbol.asyncDispose]: () => target.close() }
}

const credentials = { username: 'Ann', password: 'Secret' }

test('no-redirects asks again where it was sent away', async () => {
  await using origin = await startOrigin('HTTP/1.1 307 Moved\r\nLocation: /elsewhere\r\n\r\n')
  await using target = await startMutant('no-redirects', { url: origin.url })
  await origin.request(2)
  expect(origin.connections[1]?.received()).toMatch(/^GET \/events /)
  expect(target.frontUrl).toBeDefined()
})

test('redirect-leaks-credentials sends them to another host', async () => {
  await using other = await startOrigin(CHUNKED_HEAD)
  await using origin = await startOrigin(`HTTP/1.1 307 Moved\r\nLocation: ${other.url}\r\n\r\n`)
  await using target = await startMutant('redirect-leaks-credentials', {
    url: origin.url,
    credentials,
  })
  expect((await other.request(1)).received()).toContain('Authorization: Basic ')
  expect(target.frontUrl).toBeDefined()
})

const COOKIE = 'HTTP/1.1 503 No\r\nSet-Cookie: node=7\r\n\r\n'

test('no-cookies does not bring a cookie back', async () => {
  await using origin = await startOrigin(COOKIE)
  await using target = await startMutant('no-cookies', { url: origin.url })
  expect((await origin.request(2)).received()).not.toMatch(/^cookie:/im)
  expect(target.frontUrl).toBeDefined()
})

test('cookies-for-all brings the cookie of one back end to another', async () => {
  await using origin = await startOrigin(COOKIE)
  await using other = await startOrigin('HTTP/1.1 503 No\r\n\r\n')
  await using target = await startMutant('cookies-for-all', { url: origin.url }, { url: other.url })
  expect((await other.request(3)).received()).toContain('Cookie: node=7\r\n')
  expect(target.frontUrl).toBeDefined()
})

test('any-type-is-stream passes on what is no event stream', async () => {
  await using origin = await startOrigin()
  await using target = await startMutant('any-type-is-stream', { url: origin.url })
  await using client = await openClient(target.frontUrl)
  await client.receives('\r\n\r\n')
  const { socket } = await origin.request(1)
  socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\ndata: 1\n\n')
  await client.receives('data: 1\n\n')
  expect(data(client)).toEqual(['1'])
})

test('refusal-ends-clients ends streams when a back end refuses', async () => {
  await using origin = await startOrigin()
  await using target = await startMutant('refusal-ends-clients', { url: origin.url })
  await using client = await openClient(target.frontUrl)
  await client.receives('\r\n\r\n')
  const { socket } = await origin.request(1)
  socket.write('HTTP/1.1 503 No\r\n\r\n')
  await client.receives('\r\n0\r\n\r\n')
  expect(client.text()).toMatch(/0\r\n\r\n$/)
})

test('ignores-retry-field comes back later than the back end has said', async () => {
  await using origin = await startOrigin(CHUNKED_HEAD)
  await using target = await startMutant('ignores-retry-field', { url: origin.url })
  await using client = await openClient(target.frontUrl)
  await client.receives('\r\n\r\n')
  const { socket } = await origin.request(1)
  socket.write(chunk('retry: 1\ndata: 1\n\n'))
  await client.receives('data: 1\n\n')
  const lostMs = performance.now()
  socket.destroy()
  await origin.request(2)
  // 50 ms are its own first wait; a timer may fire a millisecond early.
  expect(performance.now() - lostMs).toBeGreaterThanOrEqual(49)
})

test('hammers is back at once, again and again', async () => {
  await using origin = await startOrigin('HTTP/1.1 503 No\r\n\r\n')
  await using target = await startMutant('hammers', { url: origin.url })
  // The reference needs 50 + 100 + 200 + 26 x 400 ms: more than `request` waits.
  await origin.request(30)
  expect(target.frontUrl).toBeDefined()
})

async function withUnknownId(name: string) {
  await using origin = await startOrigin(CHUNKED_HEAD)
  await using target = await startMutant(name, { url: origin.url })
  await using witness = await openClient(target.frontUrl)
  await witness.receives('\r\n\r\n')
  const { socket } = await origin.request(1)
  socket.write(chunk('data: http://s/1\n\ndata: http://s/2\n\n'))
  await witness.receives('data: http://s/2\n\n')
  const head = 'GET / HTTP/1.1\r\nHost: a\r\nLast-Event-ID: unknown\r\n\r\n'
  await using lost = await openClient(target.frontUrl, { head })
  await lost.receives('\r\n\r\n')
  socket.write(chunk('data: end\n\n'))
  await lost.receives('data: end\n\n')
  await witness.receives('data: end\n\n')
  return { lost: data(lost), witness: data(witness), gap: lost.text().includes('sse-proxy-gap') }
}

const BOTH = ['http://s/1', 'http://s/2']
const GAP = '{"reason":"unknown id"}'

test.each([
  ['reference', [GAP, ...BOTH, 'end'], [...BOTH, 'end'], true],
  ['silent-gap', ['end'], [...BOTH, 'end'], false],
  ['no-gap-event', [...BOTH, 'end'], [...BOTH, 'end'], false],
  ['no-resync', [GAP, 'end'], [...BOTH, 'end'], true],
  ['resync-newest-only', [GAP, 'http://s/2', 'end'], [...BOTH, 'end'], true],
  ['replay-all-when-unknown', [...BOTH, 'end'], [...BOTH, 'end'], false],
  ['resync-for-all', [GAP, ...BOTH, 'end'], [...BOTH, GAP, ...BOTH, 'end'], true],
])('%s treats an unknown id in its own way', async (name, lost, witness, gap) => {
  expect(await withUnknownId(name)).toEqual({ lost, witness, gap })
})

test('ignores-query-id and ids-start-at-1 hand out and read ids wrongly', async () => {
  await using origin = await startOrigin(CHUNKED_HEAD)
  await using target = await startMutant('ids-start-at-1', { url: origin.url })
  await using deaf = await startMutant('ignores-query-id', { url: origin.url })
  await using client = await openClient(target.frontUrl)
  await client.receives('\r\n\r\n')
  const { socket } = await origin.request(1)
  socket.write(chunk('data: 1\n\n'))
  await client.receives('data: 1\n\n')
  expect(ids(client)).toEqual(['1'])
  await using asking = await openClient(deaf.frontUrl, { target: '/?lastEventId=unknown' })
  await asking.receives('\r\n\r\n')
  const second = await origin.request(2)
  second.socket.write(chunk('data: live\n\n'))
  await asking.receives('data: live\n\n')
  expect(data(asking)).toEqual(['live'])
})

test('always-healthy says 200 although its back end is away', async () => {
  await using target = await startMutant('always-healthy', { url: 'http://127.0.0.1:1/' })
  expect((await fetch(`${target.adminUrl}/healthcheck`)).status).toBe(200)
})

test('stop-cuts-clients leaves out the end', async () => {
  await using origin = await startOrigin(CHUNKED_HEAD)
  const target = await startMutant('stop-cuts-clients', { url: origin.url })
  await using client = await openClient(target.frontUrl)
  await client.receives('\r\n\r\n')
  await target.close()
  await client.ended()
  expect(client.text()).not.toContain('0\r\n\r\n')
})

test('idle-3 breaks a silent stream off', async () => {
  await using origin = await startOrigin(CHUNKED_HEAD)
  await using target = await startMutant('idle-3', { url: origin.url })
  await using client = await openClient(target.frontUrl)
  await client.ended()
  expect(client.text()).not.toContain('0\r\n\r\n')
})

test('per-ip-6 closes the seventh connection of one address', async () => {
  await using origin = await startOrigin(CHUNKED_HEAD)
  await using target = await startMutant('per-ip-6', { url: origin.url })
  const clients = []
  for (let nth = 1; nth <= 6; nth += 1) {
    const client = await openClient(target.frontUrl)
    clients.push(client)
    await client.receives('\r\n\r\n')
  }
  await using seventh = await openClient(target.frontUrl)
  await seventh.ended()
  expect(seventh.text()).toBe('')
  for (const client of clients) client.socket.destroy()
})

const OPEN = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

test.each([
  ['default-host', 'HEAD / HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 200 /],
  ['any-host', 'HEAD / HTTP/1.1\r\nHost: a/b\r\n\r\n', /^HTTP\/1\.1 200 /],
  [
    'cl-wins',
    'HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n',
    /^HTTP\/1\.1 200 /,
  ],
  [
    'ignore-get-body',
    `HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 30\r\n\r\nOPTIONS / HTTP/1.1\r\nHost: a\r\n\r\n`,
    /^HTTP\/1\.1 204 /m,
  ],
  ['whole-head-in-one-read', 'GET / HTTP/1.1\r\n', /^HTTP\/1\.1 400 /],
  ['answers-meanwhile', OPEN, /^HTTP\/1\.1 200 [^]*HTTP\/1\.1 400 /],
])('%s reads requests in its own way', async (name, head, answer) => {
  await using origin = await startOrigin(CHUNKED_HEAD)
  await using target = await startMutant(name, { url: origin.url })
  await using client = await openClient(target.frontUrl, { head })
  await client.receives('\r\n\r\n')
  if (name === 'answers-meanwhile') client.socket.write('anything')
  await client.receives((answer.source.match(/\d{3}/g) ?? []).at(-1) ?? '')
  expect(client.text()).toMatch(answer)
})
