import { writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import type { ConnectionOptions } from 'node:tls'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { listenOn } from '../listen.ts'
import { type Certificate, createCertificate } from '../testing/certificate.ts'
import { eventually } from '../testing/deadline.ts'
import { RawClient } from '../testing/raw-client.ts'
import { readMetrics } from '../testing/read-metrics.ts'
import { type ProxyUnderTest, runProxy } from '../testing/run-proxy.ts'
import { type ScriptedBackEnd, startBackEnd } from '../testing/scripted-back-end.ts'

let certificate: Certificate
let backEnd: ScriptedBackEnd
let proxy: ProxyUnderTest
let tls: ConnectionOptions

/** A client that is refused gets an alert or an end of the connection. */
const GONE = /closed without a response|alert|ECONNRESET|EPIPE|socket hang up/

async function runSecure(connector: object, settings: object = {}): Promise<ProxyUnderTest> {
  const { path, keyPath } = certificate
  const https = { type: 'https', port: 0, keyStorePath: path, keyPath, ...connector }
  return await runProxy({
    backEnds: [backEnd.uri],
    settings: { heartbeatMs: 400, headMs: 600, ...settings },
    blocks: {
      server: { applicationConnectors: [https], adminConnectors: [{ type: 'http', port: 0 }] },
    },
  })
}

beforeAll(async () => {
  certificate = createCertificate('IP:127.0.0.1', 'DNS:localhost')
  tls = { ca: certificate.cert, host: '127.0.0.1' }
  backEnd = await startBackEnd()
  proxy = await runSecure({})
  await proxy.healthy()
})
afterAll(async () => {
  await proxy[Symbol.asyncDispose]()
  await backEnd[Symbol.asyncDispose]()
  await certificate[Symbol.asyncDispose]()
})

async function failed(reason: string, from: ProxyUnderTest = proxy): Promise<number> {
  const metrics = await readMetrics(from.adminPort)
  return metrics.get(`sse_proxy_tls_handshakes_failed_total{reason="${reason}"}`) ?? 0
}

describe('a connector of type https', () => {
  it('a client on https gets the head at once, events, heartbeats and a replay', async () => {
    await using client = await RawClient.get({ port: proxy.port, tls })
    expect(client.head).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    backEnd.send('data: one\n\n')
    backEnd.send('data: two\n\n')
    await eventually('both events arrive', () => client.data.includes('two'))
    await eventually('a heartbeat arrives', () => client.body.toString().endsWith(':\n'))
    const one = client.events.find(({ data }) => data === 'one')
    const fields = [`Last-Event-ID: ${one?.lastEventId}`]
    await using returned = await RawClient.get({ port: proxy.port, tls, fields })
    await eventually('the missed event arrives', () => returned.data.includes('two'))
    expect(returned.data).toEqual(['two'])
  })

  it('a client on https whose connection is reset does not disturb the others', async () => {
    await using other = await RawClient.get({ port: proxy.port, tls })
    const client = await RawClient.get({ port: proxy.port, tls })
    client.socket.destroy()
    backEnd.send('data: after\n\n')
    await eventually('the event arrives', () => other.data.includes('after'))
    expect(other.isClosed).toBe(false)
  })

  it('a request on https that is not a stream request gets the response of HTTP/1.1', async () => {
    await using post = await RawClient.get({ port: proxy.port, tls, method: 'POST' })
    expect(post.head).toMatch(/^HTTP\/1\.1 405 [^]*\r\nallow: GET, HEAD, OPTIONS/im)
    await using head = await RawClient.get({ port: proxy.port, tls, method: 'HEAD' })
    expect(head.head).toMatch(/^HTTP\/1\.1 200 [^]*\r\ncontent-type: text\/event-stream/im)
  })

  it('a handshake that does not end is closed after headMs and counted', async () => {
    const before = await failed('timeout')
    await using silent = await RawClient.dial(proxy.port)
    await silent.closed()
    await eventually('it is counted', async () => (await failed('timeout')) > before)
    expect(await failed('timeout')).toBe(before + 1)
  })

  it('a connection that is closed before its handshake is counted once', async () => {
    const before = { closed: await failed('closed'), timeout: await failed('timeout') }
    await using client = await RawClient.dial(proxy.port)
    client.socket.end()
    await client.closed()
    await eventually('it is counted', async () => (await failed('closed')) > before.closed)
    expect({ closed: await failed('closed'), timeout: await failed('timeout') }).toEqual({
      ...before,
      closed: before.closed + 1,
    })
  })

  it('a handshake that pauses is closed after headMs and counted', async () => {
    const before = await failed('timeout')
    await using client = await RawClient.dial(proxy.port)
    client.socket.write(Buffer.from([22, 3, 1, 0]))
    await client.closed()
    await eventually('it is counted', async () => (await failed('timeout')) > before)
    expect(await failed('timeout')).toBe(before + 1)
  })

  it('a handshake that arrives byte by byte succeeds', async () => {
    const relay = createServer((near) => {
      const far = connect({ port: proxy.port, host: '127.0.0.1', noDelay: true })
      near.on('data', (bytes) => {
        for (const byte of bytes) far.write(Buffer.of(byte))
      })
      far.pipe(near).on('error', () => far.destroy())
      far.on('error', () => near.destroy())
    })
    const port = await listenOn(relay, { host: '127.0.0.1', port: 0 })
    await using client = await RawClient.get({ port, tls })
    relay.close()
    expect(client.head).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
  })

  it('a plain request on https is closed and counted', async () => {
    const before = await failed('protocol')
    await using plain = await RawClient.dial(proxy.port)
    plain.socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await plain.closed()
    await eventually('it is counted', async () => (await failed('protocol')) > before)
    expect(await failed('protocol')).toBe(before + 1)
  })

  it('a client on https that sends no request is closed after headMs', async () => {
    await using client = await RawClient.dial(proxy.port, tls)
    await client.closed()
    expect(client.byteCount).toBe(0)
  })

  it('a client on https that reads nothing is disconnected after stallMs', async () => {
    await using small = await runSecure({}, { stallMs: 500, heartbeatMs: 200 })
    await small.healthy()
    await using client = await RawClient.get({ port: small.port, tls })
    client.socket.pause()
    const event = `data: ${'x'.repeat(1_000_000)}\n\n`
    for (let count = 0; count < 12; count += 1) backEnd.send(event)
    const stalled = async (): Promise<number | undefined> =>
      (await readMetrics(small.adminPort)).get('sse_proxy_streams_ended_total{reason="stalled"}')
    await eventually('it is disconnected', async () => (await stalled()) !== 0)
    expect(await stalled()).toBe(1)
    client.socket.resume()
    await client.closed()
  })

  it('a client on https above maxConnections gets 503', async () => {
    await using small = await runSecure({}, { limits: { maxConnections: 1 } })
    await using first = await RawClient.get({ port: small.port, tls })
    await using second = await RawClient.get({ port: small.port, tls })
    expect(second.head).toMatch(/^HTTP\/1\.1 503 /)
    expect(first.isClosed).toBe(false)
  })

  it('connections that end in the middle of a handshake release their place', async () => {
    await using small = await runSecure({}, { limits: { maxConnections: 1 }, headMs: 30_000 })
    for (let count = 0; count < 5; count += 1) {
      const socket = connect(small.port, '127.0.0.1')
      await new Promise((resolve) => socket.once('connect', resolve))
      socket.write(Buffer.from([22, 3, 1, 0]))
      socket.resetAndDestroy()
    }
    const client = await eventually('a client gets the stream', async () => {
      const candidate = await RawClient.get({ port: small.port, tls })
      return candidate.head?.startsWith('HTTP/1.1 200') === true && candidate
    })
    client.socket.destroy()
    expect(client.head).toContain('text/event-stream')
  })
})

describe('certificates of clients', () => {
  it('a client without a certificate is refused by needClientAuth, and one with it is served', async () => {
    const trustStorePath = certificate.path
    await using strict = await runSecure({ needClientAuth: true, trustStorePath })
    await expect(RawClient.get({ port: strict.port, tls })).rejects.toThrow(GONE)
    await eventually('it is counted', async () => (await failed('certificate', strict)) === 1)
    const own = { ...tls, cert: certificate.cert, key: certificate.key }
    await using client = await RawClient.get({ port: strict.port, tls: own })
    expect(client.head).toMatch(/^HTTP\/1\.1 200/)
  })

  it('a client with a foreign certificate is refused by wantClientAuth, and one without is served', async () => {
    await using foreign = createCertificate('DNS:foreign')
    await using lenient = await runSecure({
      wantClientAuth: true,
      trustStorePath: certificate.path,
    })
    const wrong = { ...tls, cert: foreign.cert, key: foreign.key }
    await expect(RawClient.get({ port: lenient.port, tls: wrong })).rejects.toThrow(GONE)
    await eventually('it is counted', async () => (await failed('certificate', lenient)) === 1)
    await using client = await RawClient.get({ port: lenient.port, tls })
    expect(client.head).toMatch(/^HTTP\/1\.1 200/)
  })
})

describe('versions and cipher suites', () => {
  it('a connector serves only its supported versions and suites', async () => {
    await using narrow = await runSecure({
      supportedProtocols: ['TLSv1.2', 'TLSv1.3'],
      excludedProtocols: ['TLSv1.3'],
      supportedCipherSuites: ['TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384'],
    })
    let cipher = ''
    const options: ConnectionOptions = {
      ...tls,
      checkServerIdentity: () => undefined,
    }
    await using client = await RawClient.dial(narrow.port, options)
    if ('getCipher' in client.socket && typeof client.socket.getCipher === 'function')
      cipher = JSON.stringify(client.socket.getCipher())
    expect(cipher).toContain('"standardName":"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"')
    const newer: ConnectionOptions = { ...tls, minVersion: 'TLSv1.3' }
    await expect(RawClient.dial(narrow.port, newer)).rejects.toThrow(/version|alert/)
  })
})

describe('key stores', () => {
  it('a PKCS12 store and one PEM file with chain and key are served', async () => {
    const { openssl, folder, cert, key } = certificate
    const inputs = ['-in', 'cert.pem', '-inkey', 'key.pem', '-passout', 'pass:hunter2']
    openssl('pkcs12', '-export', ...inputs, '-out', 'store.p12')
    writeFileSync(join(folder, 'both.pem'), key + cert)
    const stores = [
      { keyStorePath: join(folder, 'store.p12'), keyStorePassword: 'hunter2', keyPath: undefined },
      { keyStorePath: join(folder, 'both.pem'), keyStoreType: 'PEM', keyPath: undefined },
    ]
    for (const store of stores) {
      await using secure = await runSecure(store)
      await using client = await RawClient.get({ port: secure.port, tls })
      expect(client.head).toMatch(/^HTTP\/1\.1 200/)
    }
  })
})
