import { expect, test } from 'vitest'
import { openClient } from '../testing/client.ts'
import { eventually } from '../testing/eventually.ts'
import { CHUNKED_HEAD, chunk, startOrigin, STREAM_HEAD } from '../testing/origin.ts'
import type { RelayFaults } from './relay-faults.ts'
import { startRelay } from './relay.ts'

async function relayTo(url: string, faults?: RelayFaults) {
  const relay = await startRelay({ role: 'gateway', backends: [{ url }] }, faults)
  return { ...relay, [Symbol.asyncDispose]: () => relay.close() }
}

test('the reference gateway forwards a head before its body, and each event before the next one', async () => {
  await using origin = await startOrigin(CHUNKED_HEAD)
  await using relay = await relayTo(origin.url)
  await using client = await openClient(relay.frontUrl)
  await client.receives('\r\n\r\n')
  const { socket } = await origin.request(1)
  for (let nth = 1; nth <= 5; nth += 1) {
    socket.write(chunk(`data: ${nth}\n\n`))
    await client.receives(`data: ${nth}\n\n`)
  }
  expect(client.text()).toMatch(/^HTTP\/1\.1 200 OK\r\nContent-Type: text\/event-stream\r\n/)
  expect(client.text()).toContain('Transfer-Encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n')
})

test('the reference gateway forwards path and fields of a request without hop-by-hop fields', async () => {
  await using origin = await startOrigin(CHUNKED_HEAD)
  await using relay = await relayTo(origin.url)
  const head = [
    'GET /a%2Fb?x=1&x= HTTP/1.1',
    'Host: front',
    'Last-Event-ID: 42',
    'Connection: keep-alive, x-hop',
    'X-Hop: 1',
    'Via: 1.0 first',
  ]
  await using client = await openClient(relay.frontUrl, { head: `${head.join('\r\n')}\r\n\r\n` })
  const request = await origin.request(1)
  expect(request.received()).toBe(
    'GET /a%2Fb?x=1&x= HTTP/1.1\r\nHost: front\r\nLast-Event-ID: 42\r\n' +
      'Via: 1.0 first, 1.1 reference\r\nConnection: close\r\n\r\n',
  )
  expect(client.end()).toBeUndefined()
})

test('the reference gateway forwards a body with a length and keeps the connection', async () => {
  await using origin = await startOrigin('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello')
  await using relay = await relayTo(origin.url)
  await using client = await openClient(relay.frontUrl)
  await client.receives('\r\n\r\nhello')
  client.socket.write('GET /second HTTP/1.1\r\nHost: front\r\n\r\n')
  const second = await origin.request(2)
  expect(second.received()).toMatch(/^GET \/second /)
})

test('the reference gateway forwards the body of a request', async () => {
  await using origin = await startOrigin()
  await using relay = await relayTo(origin.url)
  const head = 'POST / HTTP/1.1\r\nHost: front\r\nTransfer-Encoding: chunked\r\n\r\n'
  await using client = await openClient(relay.frontUrl, { head: `${head}3\r\nabc\r\n0\r\n\r\n` })
  const request = await origin.request(1)
  await eventually('the body', () =>
    request.received().endsWith('\r\n\r\n3\r\nabc\r\n0\r\n\r\n') ? true : undefined,
  )
  request.socket.write('HTTP/1.1 204 No Content\r\n\r\n')
  await client.receives('HTTP/1.1 204 No Content\r\n')
  expect(client.text()).not.toContain('Transfer-Encoding')
})

test('the reference gateway sends an HTTP/1.0 client a close-delimited body', async () => {
  await using origin = await startOrigin(CHUNKED_HEAD)
  await using relay = await relayTo(origin.url)
  await using client = await openClient(relay.frontUrl, { head: 'GET / HTTP/1.0\r\n\r\n' })
  const { socket } = await origin.request(1)
  socket.write(chunk('data: 1\n\n'))
  await client.receives('\r\n\r\ndata: 1\n\n')
  socket.write('0\r\n\r\n')
  expect(await client.ended()).toBe('end')
  expect(client.text()).not.toContain('Transfer-Encoding')
})

test('the reference gateway ends a response when the back end ends its own', async () => {
  await using origin = await startOrigin(CHUNKED_HEAD)
  await using relay = await relayTo(origin.url)
  await using client = await openClient(relay.frontUrl)
  const { socket } = await origin.request(1)
  socket.write(Buffer.concat([chunk('data: 1\n\n'), Buffer.from('0\r\n\r\n')]))
  await client.receives('0\r\n\r\n')
  expect(client.text()).toMatch(/\r\n9\r\ndata: 1\n\n\r\n0\r\n\r\n$/)
})

test('the reference gateway ends a close-delimited stream at the end of the connection', async () => {
  await using origin = await startOrigin(`${STREAM_HEAD}\r\ndata: 1\n\n`)
  await using relay = await relayTo(origin.url)
  await using client = await openClient(relay.frontUrl)
  await client.receives('data: 1\n\n')
  origin.connections[0]?.socket.end()
  await client.receives('\r\n0\r\n\r\n')
  expect(client.end()).toBeUndefined()
})

test('the reference gateway never ends a response properly when the back end breaks off', async () => {
  await using origin = await startOrigin(CHUNKED_HEAD)
  await using relay = await relayTo(origin.url)
  await using modern = await openClient(relay.frontUrl)
  await using old = await openClient(relay.frontUrl, { head: 'GET / HTTP/1.0\r\n\r\n' })
  for (const nth of [1, 2]) {
    const { socket } = await origin.request(nth)
    socket.write(chunk('data: 1\n\n'))
  }
  await modern.receives('data: 1\n\n')
  await old.receives('data: 1\n\n')
  for (const { socket } of origin.connections) socket.resetAndDestroy()
  await modern.ended()
  expect(modern.text()).not.toContain('0\r\n\r\n')
  expect(await old.ended()).toBe('reset')
})

test('the reference gateway closes the upstream connection when its client disconnects', async () => {
  await using origin = await startOrigin(CHUNKED_HEAD)
  await using relay = await relayTo(origin.url)
  await using first = await openClient(relay.frontUrl)
  await first.receives('\r\n\r\n')
  first.socket.end()
  await eventually(
    'the first upstream connection to close',
    () => origin.connections[0]?.gone() || undefined,
  )
  await using second = await openClient(relay.frontUrl)
  await second.receives('\r\n\r\n')
  second.socket.resetAndDestroy()
  await eventually(
    'the second upstream connection to close',
    () => origin.connections[1]?.gone() || undefined,
  )
  expect(origin.connections).toHaveLength(2)
})

test('the reference gateway reads chunks that are cut between any two bytes', async () => {
  await using origin = await startOrigin(CHUNKED_HEAD)
  await using relay = await relayTo(origin.url)
  await using client = await openClient(relay.frontUrl)
  const { socket } = await origin.request(1)
  await client.receives('\r\n\r\n')
  const bytes = Buffer.from('3;a=b\r\nabc\r\n0\r\nX: 1\r\n\r\n')
  for (const byte of bytes) {
    socket.write(Buffer.from([byte]))
    await new Promise((resolve) => {
      setImmediate(resolve)
    })
  }
  await client.receives('0\r\n\r\n')
  expect(client.text().replaceAll(/\r\n1\r\n/g, '')).not.toContain('X: 1')
})

test('the reference gateway forwards no request whose content is malformed or incomplete', async () => {
  await using origin = await startOrigin()
  await using relay = await relayTo(origin.url)
  const head = 'POST / HTTP/1.1\r\nHost: front\r\nTransfer-Encoding: chunked\r\n\r\n'
  await using client = await openClient(relay.frontUrl, { head: `${head}3\r\nabc\r\n` })
  const request = await origin.request(1)
  client.socket.write('+3\r\nabc\r\n0\r\n\r\n')
  await client.ended()
  await eventually('the upstream connection to close', () => request.gone() || undefined)
  expect(request.received()).not.toContain('0\r\n\r\n')
})

test('the reference gateway with a pool uses a connection again, and repeats a GET when it has just ended', async () => {
  await using origin = await startOrigin('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello')
  await using relay = await relayTo(origin.url, { pool: {} })
  await using client = await openClient(relay.frontUrl)
  await client.receives('hello')
  // The origin under test answers the first request of a connection only.
  await using again = await openClient(relay.frontUrl, { target: '/again' })
  await eventually('the second request on the connection', () =>
    origin.connections[0]?.received().includes('/again') === true ? true : undefined,
  )
  origin.connections[0]?.socket.end()
  await again.receives('hello')
  expect(origin.connections).toHaveLength(2)
})

test('the reference gateway answers 502 for a back end that refuses or does not speak HTTP', async () => {
  await using origin = await startOrigin('who are you?\r\n\r\n')
  await using relay = await relayTo(origin.url)
  await using client = await openClient(relay.frontUrl)
  await client.receives('HTTP/1.1 502 Bad Gateway\r\n')
  await using nowhere = await relayTo('http://127.0.0.1:1/')
  await using other = await openClient(nowhere.frontUrl)
  await other.receives('HTTP/1.1 502 Bad Gateway\r\n')
  expect(other.text()).toContain('Content-Length: 0\r\n')
})

test.each([
  ['no Host', 'GET / HTTP/1.1\r\n\r\n', 400],
  ['two Hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n', 400],
  ['a space before a colon', 'GET / HTTP/1.1\r\nHost : a\r\n\r\n', 400],
  ['a bare CR', 'GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n', 400],
  ['a NUL', 'GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n', 400],
  ['a folded line', 'GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n', 400],
  ['70 KB of fields', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(70_000)}\r\n\r\n`, 431],
])('the reference gateway refuses a head with %s', async (_name, head, status) => {
  await using origin = await startOrigin()
  await using relay = await relayTo(origin.url)
  await using client = await openClient(relay.frontUrl, { head })
  await client.receives(`HTTP/1.1 ${status} `)
  expect(origin.connections).toHaveLength(0)
})
