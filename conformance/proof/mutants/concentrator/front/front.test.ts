import { expect, test } from 'vitest'
import { openClient } from '../../testing/client.ts'
import { concentrate, data, ids } from '../../testing/concentrate.ts'
import { CHUNKED_HEAD, chunk, startOrigin } from '../../testing/origin.ts'

test('the reference concentrator sends the gap event, then every change log, to a client with an unknown id', async () => {
  await using origin = await startOrigin(CHUNKED_HEAD)
  await using target = await concentrate([{ url: origin.url }])
  await using witness = await openClient(target.frontUrl)
  await witness.receives('\r\n\r\n')
  const { socket } = await origin.request(1)
  for (const name of ['http://s/1', 'http://s/2', 'no pointer', 'http://s/1', 'last']) {
    socket.write(chunk(`data: ${name}\n\n`))
  }
  await witness.receives('data: last\n\n')
  const head = 'GET / HTTP/1.1\r\nHost: a\r\nLast-Event-ID: of-another-run\r\n\r\n'
  await using lost = await openClient(target.frontUrl, { head })
  await lost.receives('data: http://s/1\n\n')
  expect(lost.text()).toContain('\nevent: sse-proxy-gap\ndata: {"reason":"unknown id"}\n\n')
  expect(data(lost).slice(1)).toEqual(['http://s/2', 'http://s/1'])
  expect(new Set(ids(lost))).toEqual(new Set([ids(witness).at(-1)]))
  socket.write(chunk('data: live\n\n'))
  await witness.receives('data: live\n\n')
  expect(data(witness)).toHaveLength(6)
})

test('the reference concentrator takes lastEventId from the query', async () => {
  await using origin = await startOrigin(CHUNKED_HEAD)
  await using target = await concentrate([{ url: origin.url }])
  await using witness = await openClient(target.frontUrl)
  await witness.receives('\r\n\r\n')
  const { socket } = await origin.request(1)
  socket.write(chunk('data: 1\n\ndata: 2\n\n'))
  await witness.receives('data: 2\n\n')
  await using back = await openClient(target.frontUrl, {
    target: `/?lastEventId=${ids(witness)[0]}`,
  })
  await back.receives('data: 2\n\n')
  expect(data(back)).toEqual(['2'])
})

const PREFLIGHT = 'Access-Control-Request-Method: GET\r\n'

test.each([
  ['GET', 'Origin: http://a\r\n', ['Allow-Origin: http://a', 'Allow-Credentials: true']],
  ['GET', '', []],
  [
    'OPTIONS',
    `Origin: http://a\r\n${PREFLIGHT}`,
    ['Allow-Origin: http://a', 'Allow-Methods: GET,POST,HEAD'],
  ],
  [
    'OPTIONS',
    `Origin: http://a\r\n${PREFLIGHT}Access-Control-Request-Headers: accept\r\n`,
    ['Allow-Origin: http://a'],
  ],
  ['OPTIONS', `Origin: http://a\r\n${PREFLIGHT}Access-Control-Request-Headers: x-y\r\n`, []],
  ['OPTIONS', 'Origin: http://a\r\nAccess-Control-Request-Method: PUT\r\n', []],
])(
  'the reference concentrator answers %s with %j by the CORS fields %j',
  async (method, fields, allowed) => {
    await using origin = await startOrigin(CHUNKED_HEAD)
    await using target = await concentrate([{ url: origin.url }])
    const head = `${method} / HTTP/1.1\r\nHost: a\r\n${fields}\r\n`
    await using client = await openClient(target.frontUrl, { head })
    await client.receives('\r\n\r\n')
    expect(client.text().includes('Access-Control-')).toBe(allowed.length > 0)
    for (const field of allowed) expect(client.text()).toContain(`Access-Control-${field}\r\n`)
  },
)

test('the reference concentrator answers /ping and reports a back end that is down', async () => {
  await using origin = await startOrigin(CHUNKED_HEAD)
  await using away = await startOrigin('HTTP/1.1 503 No\r\n\r\n')
  await using target = await concentrate([{ url: origin.url }, { url: away.url }])
  await using client = await openClient(target.frontUrl)
  await client.receives('\r\n\r\n')
  const { socket } = await origin.request(1)
  socket.write(chunk('data: open\n\n'))
  await client.receives('data: open\n\n')
  const adminUrl = target.adminUrl ?? ''
  const ping = await fetch(`${adminUrl}/ping`)
  expect([ping.status, await ping.text()]).toEqual([200, 'pong\n'])
  const health = await fetch(`${adminUrl}/healthcheck`)
  const checks = { 'backend-1': { healthy: true }, 'backend-2': { healthy: false } }
  expect([health.status, await health.json()]).toEqual([500, checks])
  expect((await fetch(`${adminUrl}/nowhere`)).status).toBe(404)
})

test('the reference front skips an unread request body and keeps the connection', async () => {
  await using origin = await startOrigin(CHUNKED_HEAD)
  await using target = await concentrate([{ url: origin.url }])
  const head =
    'HEAD /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 25\r\n\r\nGET /2 HTTP/1.1\r\nHost:a\r\n'
  await using client = await openClient(target.frontUrl, {
    head: `${head}OPTIONS /3 HTTP/1.1\r\nHost: a\r\n\r\n`,
  })
  await client.receives('HTTP/1.1 204 No Content\r\n')
  expect(client.text().match(/^HTTP\/1\.1 /gm)).toHaveLength(2)
})

test.each([
  'Content-Length: 5\r\nTransfer-Encoding: chunked',
  'Content-Length: 5\r\nContent-Length: 6',
  'Content-Length: +5',
  'Transfer-Encoding: chunked, gzip',
  'Transfer-Encoding: xchunked',
])('the reference front refuses a body with an ambiguous end: %j', async (fields) => {
  await using origin = await startOrigin(CHUNKED_HEAD)
  await using target = await concentrate([{ url: origin.url }])
  const head = `GET / HTTP/1.1\r\nHost: a\r\n${fields}\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n`
  await using client = await openClient(target.frontUrl, { head })
  await client.receives('HTTP/1.1 400 Bad Request\r\n')
  await client.ended()
  expect(client.text().match(/^HTTP\/1\.1 /gm)).toHaveLength(1)
})
