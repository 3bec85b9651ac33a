import { expect, test } from 'vitest'
import { openClient } from '../testing/client.ts'
import { concentrate, data, ids } from '../testing/concentrate.ts'
import { eventually } from '../testing/eventually.ts'
import { CHUNKED_HEAD, chunk, startOrigin } from '../testing/origin.ts'

test('the reference concentrator opens one connection per back end at start and keeps it', async () => {
  await using origin = await startOrigin(CHUNKED_HEAD)
  await using target = await concentrate([{ url: origin.url }])
  const { socket, received } = await origin.request(1)
  expect(received()).toMatch(
    /^GET \/events HTTP\/1\.1\r\nHost: 127\.0\.0\.1:\d+\r\nAccept: text\/event-stream\r\n/,
  )
  for (let nth = 1; nth <= 3; nth += 1) {
    await using client = await openClient(target.frontUrl)
    await client.receives('\r\n\r\n')
    socket.write(chunk(`data: ${nth}\n\n`))
    await client.receives(`data: ${nth}\n\n`)
  }
  expect(origin.connections).toHaveLength(1)
})

test('the reference concentrator sends configured credentials and headers, Host included', async () => {
  await using origin = await startOrigin(CHUNKED_HEAD)
  const credentials = { username: 'Ann', password: 'pa:ss' }
  const httpHeaders = { host: 'public.example', 'X-Site': 'a' }
  await using target = await concentrate([{ url: origin.url, credentials, httpHeaders }])
  const { received } = await origin.request(1)
  expect(received()).toContain(`Authorization: Basic ${btoa('Ann:pa:ss')}\r\n`)
  expect(received()).toContain('X-Site: a\r\n')
  expect(received().match(/^host:.*$/gim)).toEqual(['host: public.example'])
  expect(target.frontUrl).not.toBe(target.adminUrl)
})

test('the reference concentrator sends the events of all back ends to every client, in order per back end', async () => {
  await using first = await startOrigin(CHUNKED_HEAD)
  await using second = await startOrigin(CHUNKED_HEAD)
  await using target = await concentrate([{ url: first.url }, { url: second.url }])
  await using one = await openClient(target.frontUrl, { target: '/' })
  await using two = await openClient(target.frontUrl, { target: '/any/path?at=all' })
  await Promise.all([one.receives('\r\n\r\n'), two.receives('\r\n\r\n')])
  const sockets = [(await first.request(1)).socket, (await second.request(1)).socket]
  for (let nth = 1; nth <= 3; nth += 1) {
    for (const [at, socket] of sockets.entries()) socket.write(chunk(`data: ${at}-${nth}\n\n`))
  }
  for (const client of [one, two]) {
    await client.receives('data: 0-3\n')
    await client.receives('data: 1-3\n')
    for (const at of [0, 1]) {
      const own = data(client).filter((text) => text.startsWith(`${at}-`))
      expect(own).toEqual([1, 2, 3].map((nth) => `${at}-${nth}`))
    }
  }
  expect(ids(one)).toEqual(ids(two))
})

test('the reference concentrator replays missed events once and in order, then sends live ones', async () => {
  await using origin = await startOrigin(CHUNKED_HEAD)
  await using target = await concentrate([{ url: origin.url }])
  const { socket } = await origin.request(1)
  await using witness = await openClient(target.frontUrl)
  await witness.receives('\r\n\r\n')
  for (let nth = 1; nth <= 300; nth += 1) socket.write(chunk(`data: ${nth}\n\n`))
  await witness.receives('data: 300\n\n')
  const head = `GET / HTTP/1.1\r\nHost: a\r\nLast-Event-ID: ${ids(witness)[9]}\r\n\r\n`
  await using returning = await openClient(target.frontUrl, { head })
  await returning.receives('data: 300\n\n')
  await using newcomer = await openClient(target.frontUrl)
  await newcomer.receives('\r\n\r\n')
  socket.write(chunk('data: 301\n\n'))
  await returning.receives('data: 301\n\n')
  await newcomer.receives('data: 301\n\n')
  expect(data(returning)).toEqual(Array.from({ length: 291 }, (_, at) => String(at + 11)))
  expect(ids(returning)).toEqual(ids(witness).slice(10))
  expect(data(newcomer)).toEqual(['301'])
})

test.each([
  ['ends its stream', '0\r\n\r\n'],
  ['breaks off', undefined],
])(
  'clients of the reference concentrator stay connected when a back end %s, and get its later events',
  async (_how, end) => {
    await using origin = await startOrigin(CHUNKED_HEAD)
    await using target = await concentrate([{ url: origin.url }])
    await using client = await openClient(target.frontUrl)
    await client.receives('\r\n\r\n')
    const first = await origin.request(1)
    first.socket.write(chunk('data: 1\n\ndata: cut off\n'))
    await client.receives('data: 1\n\n')
    if (end === undefined) first.socket.resetAndDestroy()
    else first.socket.write(end)
    const second = await origin.request(2)
    second.socket.write(chunk('data: 2\n\n'))
    await client.receives('data: 2\n\n')
    expect(data(client)).toEqual(['1', '{"reason":"outage"}', '2'])
  },
)

test('the reference concentrator retries a back end that is down', async () => {
  const gone = await startOrigin(CHUNKED_HEAD)
  await gone[Symbol.asyncDispose]()
  await using present = await startOrigin(CHUNKED_HEAD)
  await using target = await concentrate([{ url: gone.url }, { url: present.url }])
  await using client = await openClient(target.frontUrl)
  await client.receives('\r\n\r\n')
  const { socket } = await present.request(1)
  socket.write(chunk('data: 1\n\n'))
  await client.receives('data: 1\n\n')
  expect(data(client)).toEqual(['1'])
})

test.each([
  ['another type', 'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\ndata: no\n\n'],
  ['another status', 'HTTP/1.1 503 No\r\nContent-Type: text/event-stream\r\n\r\ndata: no\n\n'],
  ['no HTTP', 'data: no\n\n\r\n\r\n'],
])('the reference concentrator retries a back end whose response has %s', async (_name, answer) => {
  await using origin = await startOrigin(answer)
  await using target = await concentrate([{ url: origin.url }])
  await using client = await openClient(target.frontUrl)
  await client.receives('\r\n\r\n')
  await origin.request(3)
  expect(data(client)).toEqual([])
})

test('the reference concentrator disconnects a client that stops reading, without delay for others', async () => {
  await using origin = await startOrigin(CHUNKED_HEAD)
  await using target = await concentrate([{ url: origin.url }])
  await using stalled = await openClient(target.frontUrl)
  await stalled.receives('\r\n\r\n')
  stalled.socket.pause()
  await using reader = await openClient(target.frontUrl)
  await reader.receives('\r\n\r\n')
  const { socket } = await origin.request(1)
  const text = 'x'.repeat(1024 * 1024)
  for (let nth = 1; nth <= 30; nth += 1) {
    socket.write(chunk(`data: ${text}\n\nevent: mark\ndata: ${nth}\n\n`))
    await eventually(
      `event ${nth}`,
      () => reader.text().endsWith(`data: ${nth}\n\n\r\n`) || undefined,
    )
  }
  stalled.socket.resume()
  expect(await stalled.ended()).toBeDefined()
  expect(stalled.text()).not.toContain('data: 30\n')
})

test('the reference concentrator sends comments on a silent stream', async () => {
  await using origin = await startOrigin(CHUNKED_HEAD)
  await using target = await concentrate([{ url: origin.url }], { member: { heartbeatMs: 20 } })
  await using client = await openClient(target.frontUrl)
  await client.receives('\r\n2\r\n:\n\r\n2\r\n:\n\r\n')
  expect(client.end()).toBeUndefined()
})

test.each([
  [
    'HEAD',
    'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\nDate: ',
  ],
  ['OPTIONS', 'HTTP/1.1 204 No Content\r\nAllow: GET, HEAD, OPTIONS\r\nDate: '],
  ['POST', 'HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, HEAD, OPTIONS\r\n'],
])('the reference concentrator answers %s at once and without a body', async (method, answer) => {
  await using origin = await startOrigin(CHUNKED_HEAD)
  await using target = await concentrate([{ url: origin.url }])
  const head = `${method} / HTTP/1.1\r\nHost: a\r\n\r\n`
  await using client = await openClient(target.frontUrl, { head })
  await client.receives('\r\n\r\n')
  expect(client.text().startsWith(answer)).toBe(true)
  expect(client.text().endsWith('\r\n\r\n')).toBe(true)
})

test('the reference concentrator sends no chunks to an HTTP/1.0 client', async () => {
  await using origin = await startOrigin(CHUNKED_HEAD)
  await using target = await concentrate([{ url: origin.url }])
  await using client = await openClient(target.frontUrl, { head: 'GET / HTTP/1.0\r\n\r\n' })
  await client.receives('\r\n\r\n')
  const { socket } = await origin.request(1)
  socket.write(chunk('data: 1\n\n'))
  await client.receives('data: 1\n\n')
  expect(client.text()).toMatch(/\r\n\r\nid:\S+\n\nid: \S+\ndata: 1\n\n$/)
})
