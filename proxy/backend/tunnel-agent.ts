import { request } from 'node:http'
import { Agent, type AgentOptions } from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect } from 'node:tls'

import { VERSION } from '../version.ts'
import { eachAddress } from './each-address.ts'
import { hostOf } from './redirect.ts'
import { connectionTrouble, lost, refused } from './trouble.ts'

interface TunnelOptions {
  /** An http URL, which may have a login. */
  readonly proxy: URL
  /** The URL that the tunnel leads to. */
  readonly url: URL
  readonly connectMs: number
  readonly maxHeadBytes: number
  /** Ends a tunnel that is not open yet. The caller limits the time. */
  readonly signal: AbortSignal
}

type Callback = (error: Error | null, socket?: Duplex) => void
type OnTunnel = (error: Error | null, socket?: Socket) => void

/** Connects by TLS through a tunnel of a forward proxy. For one request of HTTP/1.1. */
export class TunnelAgent extends Agent {
  readonly #tunnel: TunnelOptions

  constructor(tunnel: TunnelOptions) {
    super()
    this.#tunnel = tunnel
  }

  /** Node calls it, and waits for the callback. */
  override createConnection(options: AgentOptions, callback: Callback): undefined {
    openTunnel(this.#tunnel, (error, socket) => {
      if (socket === undefined) callback(error)
      else callback(null, connect({ ...options, socket }))
    })
  }
}

/** Opens a tunnel of a forward proxy to the host of the URL [http §9.3.6]. */
export function openTunnel(options: TunnelOptions, callback: OnTunnel): void {
  const { proxy, url, connectMs, maxHeadBytes, signal } = options
  const defaultPort = url.protocol === 'https:' ? '443' : '80'
  const authority = `${url.hostname}:${url.port === '' ? defaultPort : url.port}`
  const name = proxyName(proxy)
  const tunnel = request({
    method: 'CONNECT',
    host: hostOf(proxy),
    port: portOf(proxy),
    path: authority,
    agent: false,
    headers: { Host: authority, 'User-Agent': `sse-proxy/${VERSION}`, ...proxyLogin(proxy) },
    maxHeaderSize: maxHeadBytes,
    signal,
    ...eachAddress(connectMs),
  })
  tunnel.on('error', (error) => callback(connectionTrouble(error, name)))
  tunnel.on('connect', ({ statusCode = 0 }, socket, head) => {
    if (statusCode < 200 || statusCode > 299) {
      socket.destroy()
      callback(
        statusCode === 407
          ? refused(`${name} answered 407: put its login into the URL in HTTPS_PROXY`)
          : lost(`${name} answered ${statusCode}, expected 200`),
      )
      return
    }
    if (head.length > 0) socket.unshift(head)
    callback(null, socket)
  })
  tunnel.end()
}

/** The header field with the login of a forward proxy, if its URL has one. */
export function proxyLogin({ username, password }: URL): Readonly<Record<string, string>> {
  if (username === '' && password === '') return {}
  const login = `${decode(username)}:${decode(password)}`
  return { 'Proxy-Authorization': `Basic ${Buffer.from(login).toString('base64')}` }
}

export function portOf({ port }: URL): number {
  return port === '' ? 80 : Number(port)
}

/** For messages, without its login. */
export function proxyName({ host }: URL): string {
  return `the forward proxy ${host}`
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
