import { readFileSync } from 'node:fs'
import { constants } from 'node:http2'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { type Certificate, createCertificate } from '../testing/certificate.ts'
import { eventually } from '../testing/deadline.ts'
import { H2Client } from '../testing/h2-client.ts'
import { RawClient } from '../testing/raw-client.ts'
import { readMetrics } from '../testing/read-metrics.ts'
import { type ProxyUnderTest, runProxy } from '../testing/run-proxy.ts'
import { type ScriptedBackEnd, startBackEnd } from '../testing/scripted-back-end.ts'

let certificate: Certificate
let backEnd: ScriptedBackEnd

beforeAll(async () => {
  certificate = createCertificate('IP:127.0.0.1')
  backEnd = await startBackEnd()
})
afterAll(async () => {
  await backEnd[Symbol.asyncDispose]()
  await certificate[Symbol.asyncDispose]()
})

type Type = 'h2' | 'h2c'

async function run(type: Type, settings: object = {}, keys: object = {}): Promise<ProxyUnderTest> {
  const stores = { keyStorePath: certificate.path, keyPath: certificate.keyPath }
  const connector = { type, port: 0, ...(type === 'h2' ? stores : {}), ...keys }
  const proxy = await runProxy({
    backEnds: [backEnd.uri],
    settings: { heartbeatMs: 400, ...settings },
    blocks: {
      server: { applicationConnectors: [connector], adminConnectors: [{ type: 'http', port: 0 }] },
      cors: { allowedOrigins: 'https://a.example' },
    },
  })
  await proxy.healthy()
  return proxy
}

function connectTo(type: Type, { port }: ProxyUnderTest): H2Client {
  const scheme = type === 'h2' ? 'https' : 'http'
  return new H2Client(`${scheme}://127.0.0.1:${port}`, { ca: certificate.cert })
}

async function ended(proxy: ProxyUnderTest, reason: string): Promise<number> {
  const metrics = await readMetrics(proxy.adminPort)
  return metrics.get(`sse_proxy_streams_ended_total{reason="${reason}"}`) ?? 0
}

describe.each<Type>(['h2', 'h2c'])('a connector of type %s', (type) => {
  let proxy: ProxyUnderTest
  beforeAll(async () => {
    proxy = await run(type)
  })
  afterAll(async () => {
    await proxy[Symbol.asyncDispose]()
  })

  it('one connection of HTTP/2 carries many streams with events, heartbeats and replays', async () => {
    await using client = connectTo(type, proxy)
    const streams = await Promise.all(Array.from({ length: 20 }, async () => client.request()))
    expect(streams[0]?.head).toMatchObject({
      ':status': 200,
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache, no-transform',
    })
    expect(Object.keys(streams[0]?.head ?? {})).not.toContain('connection')
    expect(streams[0]?.head?.date).toMatch(/GMT$/)
    backEnd.send('data: one\n\n')
    backEnd.send('data: two\n\n')
    for (const stream of streams) {
      await eventually('both events arrive', () => stream.data.includes('two'))
    }
    await eventually('a heartbeat arrives', () => streams[0]?.body.endsWith(':\n'))
    const one = streams[0]?.events.find(({ data }) => data === 'one')
    const returned = await client.request({ 'last-event-id': one?.lastEventId ?? '' })
    await eventually('the missed event arrives', () => returned.data.length > 0)
    expect(returned.data).toEqual(['two'])
  })

  it('a stream that its client resets ends alone', async () => {
    await using client = connectTo(type, proxy)
    const [first, second] = [await client.request(), await client.request()]
    const before = await ended(proxy, 'client-left')
    first.stream.close(constants.NGHTTP2_CANCEL)
    await eventually('it is counted', async () => (await ended(proxy, 'client-left')) > before)
    backEnd.send('data: alone\n\n')
    await eventually('the other one gets the event', () => second.data.includes('alone'))
    expect(second.isClosed).toBe(false)
  })

  it('other requests over HTTP/2 get the responses of HTTP/1.1', async () => {
    await using client = connectTo(type, proxy)
    const head = await client.request({ ':method': 'HEAD' })
    expect(head.head).toMatchObject({ ':status': 200, 'content-type': 'text/event-stream' })
    const post = await client.request({ ':method': 'POST' })
    expect(post.head).toMatchObject({ ':status': 405, allow: 'GET, HEAD, OPTIONS' })
    const withBody = await client.request({ 'content-length': '3' }, 'abc')
    expect(withBody.head).toMatchObject({ ':status': 400 })
    const preflight = await client.request({
      ':method': 'OPTIONS',
      origin: 'https://a.example',
      'access-control-request-method': 'GET',
    })
    expect(preflight.head).toMatchObject({
      ':status': 200,
      'access-control-allow-origin': 'https://a.example',
    })
    const origin = await client.request({ origin: 'https://a.example' })
    expect(origin.head).toMatchObject({ 'access-control-allow-origin': 'https://a.example' })
  })

  it('a client of HTTP/1.1 is served on the same port', async () => {
    const tls = type === 'h2' ? { ca: certificate.cert, host: '127.0.0.1' } : undefined
    await using client = await RawClient.get({ port: proxy.port, tls })
    expect(client.head).toMatch(/^HTTP\/1\.1 200 OK/)
    await using upgrading = await RawClient.get({
      port: proxy.port,
      tls,
      fields: ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABk'],
    })
    expect(upgrading.head).toMatch(/^HTTP\/1\.1 200 OK/)
  })

  it('a stream with an exhausted window is disconnected after stallMs, and the others stay', async () => {
    // The other one reads in this process, which is slow on a busy machine.
    await using small = await run(type, { stallMs: 3000 })
    await using client = connectTo(type, small)
    const [slow, quick] = [await client.request(), await client.request()]
    slow.stream.pause()
    const event = `data: ${'x'.repeat(200_000)}\n\n`
    backEnd.send(event)
    await eventually('it is disconnected', async () => (await ended(small, 'stalled')) > 0)
    expect(await ended(small, 'stalled')).toBe(1)
    backEnd.send('data: last\n\n')
    await eventually('the other one has all events', () => quick.data.includes('last'))
    expect(quick.data.map(({ length }) => length)).toEqual([200_000, 4])
  })

  it('streams above maxConnections get 503, and a stream that ends releases its place', async () => {
    await using small = await run(type, { limits: { maxConnections: 2 } })
    await using client = connectTo(type, small)
    const [first, second] = [await client.request(), await client.request()]
    const third = await client.request()
    expect(third.head).toMatchObject({ ':status': 503, 'retry-after': '5' })
    second.stream.close(constants.NGHTTP2_CANCEL)
    const fourth = await eventually('a place is free', async () => {
      const candidate = await client.request()
      return candidate.head?.[':status'] === 200 && candidate
    })
    expect([first.isClosed, fourth.isClosed]).toEqual([false, false])
  })

  it('requests that are reset at once close their own connection only', async () => {
    await using other = connectTo(type, proxy)
    const stream = await other.request()
    await using client = connectTo(type, proxy)
    await eventually('it is connected', () => !client.session.connecting)
    const clientPort = client.session.socket.localPort ?? 0
    for (let round = 0; round < 100 && !client.session.destroyed; round += 1) {
      for (let count = 0; count < 50 && !client.session.destroyed; count += 1) {
        const request = client.session.request({ ':path': '/' })
        request.on('error', () => undefined)
        request.close(constants.NGHTTP2_CANCEL)
      }
      await new Promise(setImmediate)
    }
    // The client of Node 24 does not always notice.
    await eventually(
      'the proxy has closed the connection',
      () => client.session.destroyed || !isConnected(proxy.port, clientPort),
    )
    backEnd.send('data: still here\n\n')
    await eventually('the other client gets the event', () => stream.data.includes('still here'))
    expect(other.error).toBeUndefined()
  })

  it('a head above maxHeadBytes is refused', async () => {
    await using client = connectTo(type, proxy)
    const large = await client.request({ 'x-large': 'a'.repeat(20_000) })
    expect(large.head).toMatchObject({ ':status': 431 })
  })

  it('a connection without a stream is closed after headMs', async () => {
    await using small = await run(type, { headMs: 300 })
    await using client = connectTo(type, small)
    const stream = await client.request()
    await new Promise((resolve) => setTimeout(resolve, 600))
    expect(client.session.closed).toBe(false)
    stream.stream.close(constants.NGHTTP2_CANCEL)
    await client.closed()
    expect(stream.head?.[':status']).toBe(200)
  })

  it('a shutdown ends the streams of a connection with a retry time', async () => {
    const short = await run(type)
    await using client = connectTo(type, short)
    const stream = await client.request()
    await short[Symbol.asyncDispose]()
    await eventually('the stream ends', () => stream.stream.destroyed)
    expect(stream.body).toMatch(/retry: \d+\n\n$/)
    await client.closed()
  })
})

describe('a connector of type h2c', () => {
  it('the preface of HTTP/2 may arrive byte by byte', async () => {
    await using proxy = await run('h2c')
    await using client = await RawClient.dial(proxy.port)
    for (const byte of Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')) {
      client.socket.write(Buffer.from([byte]))
      await new Promise(setImmediate)
    }
    client.socket.write(Buffer.from('000000040000000000', 'hex'))
    await eventually('the settings of the proxy arrive', () => client.byteCount >= 9)
    expect(client.bytes[3]).toBe(4)
  })

  it('a connector of type http answers the preface of HTTP/2 with 505', async () => {
    await using proxy = await runProxy({ backEnds: [backEnd.uri] })
    await using client = await RawClient.dial(proxy.port)
    client.socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
    await client.closed()
    expect(client.bytes.toString()).toMatch(/^HTTP\/1\.1 505 /)
  })
})

/** Whether the system has this connection of the proxy, where it can be asked. */
function isConnected(port: number, clientPort: number): boolean {
  const [own, peer] = [port, clientPort].map((each) =>
    each.toString(16).toUpperCase().padStart(4, '0'),
  )
  if (process.platform !== 'linux') return true
  return new RegExp(`:${own} \\w+:${peer} 01 `).test(readFileSync('/proc/net/tcp', 'latin1'))
}
