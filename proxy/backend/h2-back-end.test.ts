import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { type Certificate, createCertificate } from '../testing/certificate.ts'
import { eventually } from '../testing/deadline.ts'
import { startH2BackEnd } from '../testing/h2-back-end.ts'
import { healthOf } from '../testing/health.ts'
import { RawClient } from '../testing/raw-client.ts'
import { runWithBackEnd, troubleOf } from '../testing/run-with-back-end.ts'
import { startBackEnd } from '../testing/scripted-back-end.ts'
import { VERSION } from '../version.ts'

let certificate: Certificate

beforeAll(() => {
  certificate = createCertificate('IP:127.0.0.1')
})
afterAll(async () => certificate[Symbol.asyncDispose]())

const h2 = { httpVersion: '2' }

/** A proxy with this back end, whose certificate it trusts. */
async function runWith(uri: string, backEnd: object = h2, settings: object = {}) {
  const tls = uri.startsWith('https') ? { tls: { trustStorePath: certificate.path } } : {}
  return await runWithBackEnd(uri, { ...tls, ...backEnd }, settings)
}

describe('a back end that speaks HTTP/2', () => {
  it('a back end that speaks only HTTP/2 by TLS is found without a setting, and clients get its events', async () => {
    await using backEnd = await startH2BackEnd({ tls: certificate })
    {
      await using proxy = await runWith(backEnd.uri, {})
      await proxy.healthy()
      await using client = await RawClient.get({ port: proxy.port })
      backEnd.send('id: 1\ndata: one\n\n')
      backEnd.send(`data: ${'x'.repeat(3_000_000)}\n\n`)
      await client.received(2)
      expect(client.data.map(({ length }) => length)).toEqual([3, 3_000_000])
      expect(backEnd.connections).toEqual({ all: 1, open: 1 })
    }
    await eventually('the connection is closed', () => backEnd.connections.open === 0)
  })

  it.each([
    ['auto', 'http/1.1'],
    ['1.1', 'http/1.1'],
    ['2', 'h2'],
  ])('a back end that speaks both gets httpVersion %s as %s', async (httpVersion, protocol) => {
    await using backEnd = await startH2BackEnd({ tls: certificate, allowHTTP1: true })
    await using proxy = await runWith(backEnd.uri, { httpVersion })
    await proxy.healthy()
    expect(backEnd.requests.map((head) => head[':protocol'])).toEqual([protocol])
  })

  it('a request of HTTP/2 has the fields of the configuration, the last id and the cookies', async () => {
    await using backEnd = await startH2BackEnd({
      answer: (stream) => {
        const cookie = ['node=7; Path=/', 'other=8; Path=/elsewhere']
        stream.respond({
          ':status': 200,
          'content-type': 'text/event-stream',
          'set-cookie': cookie,
        })
      },
    })
    await using proxy = await runWith(backEnd.uri, {
      ...h2,
      credentials: { username: 'reader', password: 'pässword' },
      httpHeaders: { Host: 'newsroom.example.org', 'X-Tenant': ' nörth ', 'Proxy-Connection': 'x' },
    })
    await proxy.healthy()
    backEnd.send('id: ü-1\ndata: one\n\n')
    await using client = await RawClient.get({ port: proxy.port })
    backEnd.send('data: two\n\n')
    await client.received(1)
    backEnd.end()
    await backEnd.requested(2)
    const [first, second] = backEnd.requests
    expect(first).toEqual({
      ':protocol': 'h2',
      ':method': 'GET',
      ':scheme': 'http',
      ':authority': 'newsroom.example.org',
      ':path': '/sse',
      accept: 'text/event-stream',
      'accept-encoding': 'identity',
      'cache-control': 'no-cache',
      'user-agent': `sse-proxy/${VERSION}`,
      authorization: `Basic ${Buffer.from('reader:pässword').toString('base64')}`,
      'x-tenant': 'nörth',
    })
    expect(second).toMatchObject({
      cookie: 'node=7',
      'last-event-id': Buffer.from('ü-1').toString('latin1'),
    })
  })

  it('a silent connection of HTTP/2 is replaced by a second one', async () => {
    await using backEnd = await startH2BackEnd()
    await using proxy = await runWith(backEnd.uri, h2, { silenceMs: 200 })
    await proxy.healthy()
    await backEnd.requested(2)
    await eventually('the silent connection is closed', () => {
      const { all, open } = backEnd.connections
      return open < all
    })
    expect((await healthOf(proxy.adminPort)).status).toBe(200)
  })

  it('a redirect over HTTP/2 is followed on the same origin only, and a coded stream is decoded', async () => {
    await using other = await startBackEnd()
    await using backEnd = await startH2BackEnd({
      answer: (stream, number) => {
        const type = { 'content-type': 'text/event-stream' }
        if (number === 1) stream.respond({ ':status': 307, location: '/moved' })
        else if (number === 2) stream.respond({ ':status': 200, 'content-encoding': 'br', ...type })
        else stream.respond({ ':status': 302, location: other.uri })
      },
    })
    await using proxy = await runWith(backEnd.uri)
    await proxy.healthy()
    expect(backEnd.requests.map((head) => head[':path'])).toEqual(['/sse', '/moved'])
    backEnd.end()
    await troubleOf(proxy, 'redirects to another origin')
    expect(other.requests).toEqual([])
  })

  it('a large event arrives over HTTP/2 from a decoder that is slower than the connection', async () => {
    const data = randomBytes(2_000_000).toString('hex')
    const coded = gzipSync(`data: ${data}\n\n`)
    await using backEnd = await startH2BackEnd({
      answer: (stream) => {
        const type = { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' }
        stream.respond({ ':status': 200, ...type })
      },
    })
    await using proxy = await runWith(backEnd.uri)
    await proxy.healthy()
    await using client = await RawClient.get({ port: proxy.port })
    backEnd.send(coded)
    await client.received(1)
    expect(client.data).toEqual([data])
  })
})
