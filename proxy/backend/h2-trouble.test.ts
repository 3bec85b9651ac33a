import { createServer } from 'node:tls'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { listenOn } from '../listen.ts'
import { type Certificate, createCertificate } from '../testing/certificate.ts'
import { eventually } from '../testing/deadline.ts'
import { startFrameBackEnd } from '../testing/frame-back-end.ts'
import { startH2BackEnd } from '../testing/h2-back-end.ts'
import {
  dataFrame,
  frame,
  goawayFrame,
  headFrame,
  resetFrame,
  STREAM_HEAD_FRAME,
} from '../testing/h2-frames.ts'
import { healthOf } from '../testing/health.ts'
import { RawClient } from '../testing/raw-client.ts'
import { once, runWithBackEnd, troubleOf } from '../testing/run-with-back-end.ts'
import { startBackEnd } from '../testing/scripted-back-end.ts'

let certificate: Certificate

beforeAll(() => {
  certificate = createCertificate('IP:127.0.0.1')
})
afterAll(async () => certificate[Symbol.asyncDispose]())

const BAD_REQUEST = 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'
const h2 = { httpVersion: '2' }

/** A proxy with this back end, whose certificate it trusts. */
async function runWith(uri: string, backEnd: object = h2, settings: object = {}) {
  const tls = uri.startsWith('https') ? { tls: { trustStorePath: certificate.path } } : {}
  return await runWithBackEnd(uri, { ...tls, ...backEnd }, settings)
}

describe('trouble of a back end that speaks HTTP/2', () => {
  it('events after a GOAWAY without an error arrive, and health names it when the stream ends', async () => {
    await using backEnd = await startFrameBackEnd([STREAM_HEAD_FRAME])
    await using proxy = await runWith(backEnd.uri, h2, once)
    await proxy.healthy()
    await using client = await RawClient.get({ port: proxy.port })
    backEnd.write(dataFrame('data: one\n\n'), goawayFrame(0), dataFrame('data: two\n\n'))
    await client.received(2)
    expect((await healthOf(proxy.adminPort)).status).toBe(200)
    backEnd.drop()
    expect(await troubleOf(proxy)).toContain('the back end closes the connection (GOAWAY NO_ERROR)')
  })

  it.each([
    ['a GOAWAY with an error', [goawayFrame(11)], /\(GOAWAY ENHANCE_YOUR_CALM\)/],
    ['a reset', [resetFrame(8)], /the stream was reset \(CANCEL\)/],
    ['a reset without an error', [resetFrame(0)], /the connection was closed|ended the stream/],
  ])('%s in the middle of a stream ends it, and health names it', async (_what, frames, named) => {
    await using backEnd = await startFrameBackEnd([STREAM_HEAD_FRAME, dataFrame('data: one\n\n')])
    await using proxy = await runWith(backEnd.uri, h2, once)
    await proxy.healthy()
    backEnd.write(...frames)
    expect(await troubleOf(proxy)).toMatch(named)
    expect(backEnd.requests).toBe(1)
  })

  it('a silent back end that does not answer a PING is disconnected', async () => {
    await using backEnd = await startFrameBackEnd([STREAM_HEAD_FRAME])
    const settings = { ...once, keepAliveMs: 50, connectMs: 300 }
    await using proxy = await runWith(backEnd.uri, h2, settings)
    await backEnd.requested(1)
    expect(await troubleOf(proxy)).toContain('no answer to a PING of HTTP/2 within 300 ms')
    expect(backEnd.requests).toBe(1)
  })

  it('a back end that breaks the rules and keeps the connection is disconnected', async () => {
    await using backEnd = await startFrameBackEnd([STREAM_HEAD_FRAME])
    const settings = { ...once, keepAliveMs: 50, connectMs: 300 }
    await using proxy = await runWith(backEnd.uri, h2, settings)
    await backEnd.requested(1)
    backEnd.write(frame('data', Buffer.from('x'), 0, 2))
    // Node 20 hears no more from it; Node 24 resets the stream.
    expect(await troubleOf(proxy)).toMatch(
      /no answer to a PING|stream was reset \(INTERNAL_ERROR\)/,
    )
  })

  it('a back end that breaks the rules and keeps the connection is replaced as a silent one without keepAliveMs', async () => {
    await using backEnd = await startFrameBackEnd([STREAM_HEAD_FRAME])
    await using proxy = await runWith(backEnd.uri, h2, { silenceMs: 300, keepAliveMs: 0 })
    await proxy.healthy()
    backEnd.write(frame('data', Buffer.from('x'), 0, 2))
    await backEnd.requested(2)
    await proxy.healthy()
    expect((await healthOf(proxy.adminPort)).status).toBe(200)
  })

  it('a silent back end that answers each PING stays connected', async () => {
    await using backEnd = await startH2BackEnd()
    await using proxy = await runWith(backEnd.uri, h2, { ...once, keepAliveMs: 20 })
    await proxy.healthy()
    await eventually('the back end got three of them', () => backEnd.pings >= 3)
    await using client = await RawClient.get({ port: proxy.port })
    backEnd.send('data: one\n\n')
    await client.received(1)
    expect(backEnd.connections).toEqual({ all: 1, open: 1 })
  })

  it('a back end that closes the connection is connected again', async () => {
    await using backEnd = await startFrameBackEnd([STREAM_HEAD_FRAME])
    await using proxy = await runWith(backEnd.uri)
    await proxy.healthy()
    backEnd.drop()
    await backEnd.requested(2)
    await proxy.healthy()
    expect(backEnd.requests).toBe(2)
  })

  it.each([
    ['a reset', [resetFrame(7)], /the stream was reset \(REFUSED_STREAM\)/],
    ['a GOAWAY', [goawayFrame(0, 0)], /\(GOAWAY NO_ERROR\)/],
    [
      'a large head',
      [headFrame(200, { a: 'x'.repeat(16_000), b: 'x'.repeat(300) })],
      /sent a response head of 16\d\d\d bytes, the limit is 16384/,
    ],
    [
      'an unknown coding',
      [headFrame(200, { 'content-type': 'text/event-stream', 'content-encoding': 'zstd' })],
      /answered Content-Encoding \\"zstd\\"/,
    ],
    [
      'too many interim responses',
      Array.from({ length: 150 }, () => headFrame(103, { a: 'b' })),
      /sent more than 100 interim responses/,
    ],
  ])('%s in place of a stream is named in health', async (_what, frames, named) => {
    await using backEnd = await startFrameBackEnd(frames)
    await using proxy = await runWith(backEnd.uri, h2, once)
    expect(await troubleOf(proxy)).toMatch(named)
  })

  it.each([
    ['with', undefined],
    ['without', []],
  ])('a back end %s settings that never answers is given up', async (_what, hello) => {
    await using backEnd = await startFrameBackEnd([], hello === undefined ? {} : { hello })
    await using proxy = await runWith(backEnd.uri, h2, { ...once, headMs: 300 })
    expect(await troubleOf(proxy)).toContain('no response head within 300 ms')
  })

  it('a back end that speaks no HTTP/2 is named in health, with and without TLS', async () => {
    await using plain = await startBackEnd({ answer: () => BAD_REQUEST })
    await using refusing = await startBackEnd({
      tls: { key: certificate.key, cert: certificate.cert, ALPNProtocols: ['http/1.1'] },
    })
    await using lax = await startFrameBackEnd([STREAM_HEAD_FRAME], { tls: certificate })
    await using unaware = await startBackEnd({
      tls: { key: certificate.key, cert: certificate.cert },
    })
    for (const [uri, named] of [
      [plain.uri, 'speaks no HTTP/2: leave out backends[].httpVersion'],
      [unaware.uri, 'speaks no HTTP/2: leave out backends[].httpVersion'],
      [refusing.uri, 'speaks no HTTP/2: leave out backends[].httpVersion'],
      // [http/2 §3.2] ALPN is not optional.
      [lax.uri, 'speaks no HTTP/2: leave out backends[].httpVersion'],
    ] as const) {
      await using proxy = await runWith(uri, h2, once)
      expect(await troubleOf(proxy)).toContain(named)
    }
  })

  it('a back end that speaks only HTTP/2 without TLS, or where it is forbidden, is named in health', async () => {
    await using plain = await startH2BackEnd()
    await using secure = await startH2BackEnd({ tls: certificate })
    for (const [uri, backEnd] of [
      [plain.uri, {}],
      [secure.uri, { httpVersion: '1.1' }],
    ] as const) {
      await using proxy = await runWith(uri, backEnd, once)
      expect(await troubleOf(proxy)).toContain(
        'speaks HTTP/2 only: expected backends[].httpVersion: 2',
      )
    }
  })

  it('TLS of HTTP/2 checks the certificate of the back end, and shows that of the proxy', async () => {
    await using stranger = createCertificate('DNS:elsewhere')
    await using backEnd = await startH2BackEnd({ tls: stranger })
    for (const [tls, named] of [
      [{}, 'self-signed certificate: name its authority in backends[].tls.trustStorePath'],
      [{ trustStorePath: stranger.path }, "IP: 127.0.0.1 is not in the cert's list"],
    ] as const) {
      await using proxy = await runWith(backEnd.uri, { ...h2, tls }, once)
      expect(await troubleOf(proxy)).toContain(named)
    }
    const names: unknown[] = []
    const server = createServer({
      key: certificate.key,
      cert: certificate.cert,
      ALPNProtocols: ['h2'],
      requestCert: true,
      rejectUnauthorized: false,
    })
    server.on('tlsClientError', () => undefined)
    server.on('secureConnection', (socket) => {
      names.push(socket.getPeerCertificate().subject?.CN)
      socket.destroy()
    })
    const port = await listenOn(server, { host: '127.0.0.1', port: 0 })
    const { path: keyStorePath, keyPath } = certificate
    const tls = { trustStorePath: certificate.path, verifyHostname: true, keyStorePath, keyPath }
    {
      await using proxy = await runWith(`https://127.0.0.1:${port}/`, { ...h2, tls }, once)
      await troubleOf(proxy)
    }
    server.close()
    expect(names).toEqual(['test'])
  })
})
