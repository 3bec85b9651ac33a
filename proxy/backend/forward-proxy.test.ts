import { createServer } from 'node:http'
import { connect, type Socket } from 'node:net'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { parseConfig } from '../config/read-config.ts'
import { createLogger } from '../logger.ts'
import { listenOn } from '../listen.ts'
import { startProxy } from '../start.ts'
import { type Certificate, createCertificate } from '../testing/certificate.ts'
import { eventually } from '../testing/deadline.ts'
import { startH2BackEnd } from '../testing/h2-back-end.ts'
import { type ScriptedBackEnd, startBackEnd, STREAM_HEAD } from '../testing/scripted-back-end.ts'

// Only the forward proxy of these tests knows this name.
const HOST = 'store.invalid'
const LOGIN = Buffer.from('user:p@ss').toString('base64')
const SECRETS = new RegExp(`p@ss|p%40ss|${LOGIN}`)

let certificate: Certificate
let store: ScriptedBackEnd

beforeAll(async () => {
  certificate = createCertificate(`DNS:${HOST}`)
  store = await startBackEnd({ tls: { key: certificate.key, cert: certificate.cert } })
})
afterAll(async () => {
  for (const resource of [store, certificate]) await resource[Symbol.asyncDispose]()
})

/**
 * A forward proxy that opens tunnels to ports of this host, whichever host is asked for, and keeps
 * what it is asked. `status` 0 = it never answers.
 */
async function startForwardProxy(status = 200) {
  const asked: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined)
  })
  server.on('connect', ({ url = '', headers }, client) => {
    asked.push(`CONNECT ${url} ${headers['proxy-authorization'] ?? ''}`)
    // Node leaves open what only one side has ended, and reads nothing by itself.
    client.on('end', () => client.end()).resume()
    if (status === 0) return
    if (status !== 200) {
      client.end(`HTTP/1.1 ${status} No\r\n\r\n`)
      return
    }
    const upstream = connect(Number(url.split(':')[1]), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n')
      upstream.pipe(client).pipe(upstream)
    })
    upstream.on('error', () => client.destroy())
    client.on('close', () => upstream.destroy()).on('error', () => undefined)
  })
  const port = await listenOn(server, { host: '127.0.0.1', port: 0 })
  return {
    url: `http://user:p%40ss@127.0.0.1:${port}`,
    name: `the forward proxy 127.0.0.1:${port}`,
    asked,
    sockets,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    },
  }
}

/** A proxy with one back end, whose URL is asked for once unless the answer is a stream. */
async function start(
  uri: string,
  environment: Readonly<Record<string, string>>,
  settings: object = {},
  backEnd: object = {},
) {
  const lines: string[] = []
  const tls = uri.startsWith('https') ? { tls: { trustStorePath: certificate.path } } : {}
  const once = {
    connectMs: 60_000,
    headMs: 60_000,
    reconnectFirstMs: 600_000,
    reconnectCapMs: 600_000,
  }
  const file = {
    server: { applicationConnectors: [{ port: 0 }], adminConnectors: [{ port: 0 }] },
    backends: [{ uri, ...tls, ...backEnd }],
    proxy: { backEnd: { ...once, ...settings } },
  }
  const config = parseConfig(JSON.stringify(file), 'file.yaml', environment)
  const logger = createLogger('debug', (line) => void lines.push(line))
  const proxy = await startProxy(config, logger, [])
  const health = async () => await fetch(`${proxy.adminUrl}/healthcheck`)
  return {
    healthy: async () => {
      await eventually('the back end is connected', async () => (await health()).ok)
    },
    logs: async (text: string) => {
      await eventually(`the log has: ${text}`, () => lines.some((line) => line.includes(text)))
    },
    /** All that it has said. */
    output: async () => lines.join('') + (await (await health()).text()),
    [Symbol.asyncDispose]: proxy.close,
  }
}

const storeUri = () => `https://${HOST}:${store.port}/sse`

describe('a forward proxy', () => {
  it('a back end by https is connected through a tunnel of HTTPS_PROXY, which alone gets the login for it', async () => {
    await using forward = await startForwardProxy()
    const before = store.requests.length
    {
      await using proxy = await start(storeUri(), { HTTPS_PROXY: forward.url })
      await proxy.healthy()
      expect(forward.asked).toEqual([`CONNECT ${HOST}:${store.port} Basic ${LOGIN}`])
      const request = store.requests[before] ?? ''
      expect(request).toMatch(/^GET \/sse HTTP\/1\.1\r\n/)
      expect(request).not.toMatch(/proxy-authorization/i)
      const output = await proxy.output()
      expect(output).toContain(`"forwardProxy":"127.0.0.1:`)
      expect(output).not.toMatch(SECRETS)
    }
    await eventually('the tunnel is closed', () => forward.sockets.size === 0)
  })

  it.each([
    ['https', '2', 1],
    ['http', '2', 1],
    ['https', 'auto', 2],
  ])(
    'a back end that speaks HTTP/2 by %s is connected through a tunnel (httpVersion: %s)',
    async (scheme, httpVersion, tunnels) => {
      await using forward = await startForwardProxy()
      const secure = scheme === 'https'
      await using backEnd = await startH2BackEnd(secure ? { tls: certificate } : {})
      const uri = `${scheme}://${HOST}:${backEnd.port}/sse`
      const environment = { HTTPS_PROXY: forward.url, HTTP_PROXY: forward.url }
      await using proxy = await start(uri, environment, {}, { httpVersion })
      await proxy.healthy()
      const asked = `CONNECT ${HOST}:${backEnd.port} Basic ${LOGIN}`
      expect(forward.asked).toEqual(Array.from({ length: tunnels }, () => asked))
      expect(backEnd.requests[0]).toMatchObject({
        ':authority': `${HOST}:${backEnd.port}`,
        ':scheme': scheme,
      })
      expect(backEnd.requests[0]).not.toHaveProperty('proxy-authorization')
      expect(await proxy.output()).not.toMatch(SECRETS)
    },
  )

  it('a back end by http is asked for through http_proxy with its whole URL', async () => {
    await using forward = await startBackEnd({ answer: () => STREAM_HEAD })
    const login = `http://user:p%40ss@127.0.0.1:${forward.port}`
    await using proxy = await start(`http://${HOST}/sse?a=b`, { http_proxy: login })
    await proxy.healthy()
    const [request] = forward.requests
    expect(request).toMatch(/^GET http:\/\/store\.invalid\/sse\?a=b HTTP\/1\.1\r\n/)
    expect(request).toContain(`\r\nHost: ${HOST}\r\n`)
    expect(request).toContain(`\r\nProxy-Authorization: Basic ${LOGIN}\r\n`)
    expect(await proxy.output()).not.toMatch(SECRETS)
  })

  it('a back end on this host is connected directly', async () => {
    await using plain = await startBackEnd()
    await using proxy = await start(plain.uri, { HTTP_PROXY: 'http://127.0.0.1:1' })
    await proxy.healthy()
    expect(plain.requests[0]).toMatch(/^GET \/sse HTTP/)
  })

  it.each([
    ['https', 'answered 407: put its login into the URL in HTTPS_PROXY'],
    ['http', 'answered 407, expected 200: put the login of the forward proxy into the URL'],
  ])(
    'the log says that a forward proxy wants a login for a back end by %s',
    async (scheme, said) => {
      await using tunnels = await startForwardProxy(407)
      const head = 'HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n'
      await using plain = await startBackEnd({ answer: () => head })
      const environment = {
        HTTPS_PROXY: tunnels.url,
        HTTP_PROXY: `http://user:p%40ss@127.0.0.1:${plain.port}`,
      }
      await using proxy = await start(`${scheme}://${HOST}/`, environment)
      await proxy.logs(said)
      expect(await proxy.output()).not.toMatch(SECRETS)
    },
  )

  it('the log says that a forward proxy opens no tunnel, or is not there', async () => {
    await using forward = await startForwardProxy(502)
    await using proxy = await start(storeUri(), { HTTPS_PROXY: forward.url })
    await proxy.logs(`${forward.name} answered 502, expected 200`)
    expect(forward.asked).toHaveLength(1)
    await using other = await start(storeUri(), { HTTPS_PROXY: '127.0.0.1:1' })
    await other.logs('the forward proxy 127.0.0.1:1: connect ECONNREFUSED')
  })

  it('the log names a forward proxy that is not there for a back end by http', async () => {
    const environment = { HTTP_PROXY: 'http://user:p%40ss@127.0.0.1:1' }
    await using proxy = await start(`http://${HOST}/`, environment)
    await proxy.logs('the forward proxy 127.0.0.1:1: connect ECONNREFUSED')
    expect(await proxy.output()).not.toMatch(SECRETS)
  })

  it('a forward proxy that does not answer is left after connectMs', async () => {
    await using forward = await startForwardProxy(0)
    await using proxy = await start(storeUri(), { HTTPS_PROXY: forward.url }, { connectMs: 300 })
    await proxy.logs(`no connection through ${forward.name} within 300 ms`)
    await eventually('its connection is closed', () => forward.sockets.size === 0)
    expect(forward.asked).toHaveLength(1)
  })

  it('a proxy that ends leaves a forward proxy that has not answered', async () => {
    await using forward = await startForwardProxy(0)
    {
      const settings = { connectMs: 600_000 }
      await using proxy = await start(storeUri(), { HTTPS_PROXY: forward.url }, settings)
      await eventually('a tunnel is asked for', () => forward.asked.length === 1)
      expect(await proxy.output()).not.toMatch(SECRETS)
    }
    await eventually('its connection is closed', () => forward.sockets.size === 0)
    expect(forward.asked).toHaveLength(1)
  })

  it('a back end cannot redirect to any origin through a forward proxy, whatever redirectOrigins says', async () => {
    const head = 'HTTP/1.1 302 Found\r\nLocation: http://other.invalid/\r\n\r\n'
    await using forward = await startBackEnd({ answer: () => head })
    const environment = { HTTP_PROXY: `http://127.0.0.1:${forward.port}` }
    const settings = { redirectOrigins: '*' }
    await using proxy = await start(`http://${HOST}/`, environment, settings)
    await proxy.logs('redirects to another origin, http://other.invalid')
    expect(forward.requests).toHaveLength(1)
  })
})
