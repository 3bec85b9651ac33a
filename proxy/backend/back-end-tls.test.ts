import { once } from 'node:events'
import { connect } from 'node:net'
import { TLSSocket } from 'node:tls'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { type Certificate, createCertificate } from '../testing/certificate.ts'
import { eventually } from '../testing/deadline.ts'
import { healthOf } from '../testing/health.ts'
import { type ProxyUnderTest, runProxy } from '../testing/run-proxy.ts'
import { startBackEnd } from '../testing/scripted-back-end.ts'
import { VERSION } from '../version.ts'
import { eachAddress } from './each-address.ts'

let server: Certificate
let client: Certificate

beforeAll(() => {
  server = createCertificate('IP:127.0.0.1')
  client = createCertificate('DNS:client')
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await client[Symbol.asyncDispose]()
})

/** A proxy with one back end; messages of trouble are in its health. */
async function runWith(
  uri: string,
  backEnd: object,
  backEndSettings = {},
): Promise<ProxyUnderTest> {
  const quick = { reconnectFirstMs: 50, reconnectCapMs: 50, reconnectJitter: 0 }
  return await runProxy({
    backEnds: [],
    settings: { backEnd: { ...quick, ...backEndSettings } },
    blocks: { backends: [{ uri, ...backEnd }] },
  })
}

async function trouble(proxy: ProxyUnderTest): Promise<string> {
  return await eventually('health names the trouble', async () => {
    const { message } = await healthOf(proxy.adminPort)
    return message.includes('next attempt') && message
  })
}

/** A port that asks for a certificate of the client, and the names of those that came. */
async function startStrict() {
  const names: unknown[] = []
  const tls = { key: server.key, cert: server.cert, ca: client.cert, requestCert: true }
  const backEnd = await startBackEnd({
    tls: { ...tls, rejectUnauthorized: false },
    onConnection: (socket) => {
      if (socket instanceof TLSSocket) names.push(socket.getPeerCertificate().subject?.CN)
    },
  })
  return { backEnd, names }
}

describe('TLS to a back end', () => {
  it('a back end of a private authority is connected with trustStorePath', async () => {
    await using backEnd = await startBackEnd({ tls: server })
    await using proxy = await runWith(backEnd.uri, { tls: { trustStorePath: server.path } })
    await proxy.healthy()
    expect(backEnd.requests.length).toBe(1)
  })

  it('the trouble of an unknown authority says where to name it', async () => {
    await using backEnd = await startBackEnd({ tls: server })
    await using proxy = await runWith(backEnd.uri, {})
    expect(await trouble(proxy)).toContain(
      'self-signed certificate: name its authority in backends[].tls.trustStorePath or in ' +
        'NODE_EXTRA_CA_CERTS',
    )
    expect(backEnd.requests).toEqual([])
  })

  it('a certificate of another host is refused, unless verifyHostname is false', async () => {
    await using backEnd = await startBackEnd({ tls: server })
    const uri = `https://localhost:${backEnd.port}/`
    const trustStorePath = server.path
    await using strict = await runWith(uri, { tls: { trustStorePath } })
    expect(await trouble(strict)).toContain('altnames')
    await using lenient = await runWith(uri, { tls: { trustStorePath, verifyHostname: false } })
    await lenient.healthy()
    expect(backEnd.requests.length).toBe(1)
  })

  it('the proxy presents its certificate to the back end', async () => {
    const { backEnd, names } = await startStrict()
    await using _ = backEnd
    client.openssl('req', '-x509', '-key', 'key.pem', '-subj', '/CN=proxy', '-out', 'proxy.pem')
    const keyStorePath = `${client.folder}/proxy.pem`
    const keys = { trustStorePath: server.path, keyStorePath, keyPath: client.keyPath }
    await using proxy = await runWith(backEnd.uri, { tls: keys })
    await proxy.healthy()
    expect(names).toEqual(['proxy'])
  })

  it('the proxy does not present its certificate to another origin that a redirect leads to', async () => {
    const { backEnd, names } = await startStrict()
    await using _ = backEnd
    await using first = await startBackEnd({
      tls: server,
      answer: () => `HTTP/1.1 302 Found\r\nLocation: ${backEnd.uri}\r\nContent-Length: 0\r\n\r\n`,
    })
    const keys = { keyStorePath: client.path, keyPath: client.keyPath }
    const origin = new URL(backEnd.uri).origin
    await using proxy = await runWith(
      first.uri,
      { tls: { trustStorePath: server.path, ...keys } },
      { redirectOrigins: origin },
    )
    await proxy.healthy()
    expect(names).toEqual([undefined])
  })
})

describe('a request to a back end', () => {
  it('the proxy names itself and its version in User-Agent, unless the file sets the field', async () => {
    await using backEnd = await startBackEnd()
    await using proxy = await runWith(backEnd.uri, {})
    await proxy.healthy()
    const httpHeaders = { 'user-agent': 'newsroom' }
    await using named = await runWith(backEnd.uri, { httpHeaders })
    await named.healthy()
    const agents = backEnd.requests.map((request) => /^user-agent: (.*)\r$/im.exec(request)?.[1])
    expect(agents).toEqual([`sse-proxy/${VERSION}`, 'newsroom'])
    expect(VERSION).toMatch(/^\d+\.\d+\.\d+/)
  })

  it('eachAddress connects to the second address of a name when the first one refuses', async () => {
    await using backEnd = await startBackEnd()
    const socket = connect({
      host: 'several.example.org',
      port: backEnd.port,
      lookup: (_name, _options, callback) => {
        callback(null, [
          { address: '127.0.0.2', family: 4 },
          { address: '127.0.0.1', family: 4 },
        ])
      },
      ...eachAddress(10_000),
    })
    await once(socket, 'connect')
    expect(socket.remoteAddress).toBe('127.0.0.1')
    socket.destroy()
  })
})
