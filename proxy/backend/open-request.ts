import { request as httpRequest, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { connect, isIP, type NetConnectOpts, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

import type { BackEndTarget } from '../config/config.ts'
import { forwardProxyFor } from '../config/forward-proxies.ts'
import type { RequestEvents } from './back-end-request.ts'
import { eachAddress } from './each-address.ts'
import { type OnOpen, sendH2 } from './h2-request.ts'
import { isH2Answer, isOtherProtocol, sendHttp1 } from './http1-request.ts'
import { hostOf, lookupWithin, type Redirect } from './redirect.ts'
import { tlsOptions } from './tls-options.ts'
import { lost, refused } from './trouble.ts'
import { openTunnel, portOf, proxyLogin, TunnelAgent } from './tunnel-agent.ts'

interface OpenRequestOptions extends Redirect {
  readonly target: BackEndTarget
  /** Whether the URL has the configured origin. */
  readonly isTrusted: boolean
  readonly fields: Readonly<Record<string, string>>
  readonly connectMs: number
  /** Ends the request and all that it has opened. */
  readonly signal: AbortSignal
}

const MAX_HEAD_BYTES = 16_384
/** [RFC 7301] A server that speaks only HTTP/2 refuses it. The types of Node lack the option. */
const HTTP1_ONLY = { ALPNProtocols: ['http/1.1'] }

/**
 * Sends a request to a back end, through a forward proxy if there is one for the URL. It is one of
 * HTTP/1.1, unless the configuration says otherwise, or the server speaks HTTP/2 only, which TLS
 * tells: then it is sent again on a new connection. `events` are called until `signal` is aborted.
 */
export function openRequest(options: OpenRequestOptions, events: RequestEvents): void {
  const { target, isTrusted, signal } = options
  // The setting is about the configured origin.
  const version = isTrusted ? (target.httpVersion ?? 'auto') : 'auto'
  if (version === '2') {
    requestH2(options, events)
    return
  }
  let isReplaced = false
  const request = createHttp1(options)
  sendHttp1(request, {
    ...events,
    onFailed: (error) => {
      if (isReplaced) return
      const isOther = isOtherProtocol(error)
      if (signal.aborted || !(isOther || isH2Answer(error))) events.onFailed(error)
      else if (isOther && version === 'auto') {
        isReplaced = true
        requestH2(options, events)
      } else events.onFailed(refused('speaks HTTP/2 only: expected backends[].httpVersion: 2'))
    },
  })
}

function createHttp1({
  url,
  target,
  isTrusted,
  fields,
  connectMs,
  signal,
  widestScope,
}: OpenRequestOptions): ReturnType<typeof httpRequest> {
  const proxy = forwardProxyFor(url, target.forwardProxies)
  const common: RequestOptions = {
    agent: false,
    headers: fields,
    maxHeaderSize: MAX_HEAD_BYTES,
    signal,
    ...eachAddress(connectMs),
    ...(widestScope === undefined ? {} : { lookup: lookupWithin(widestScope) }),
  }
  if (url.protocol === 'http:') {
    return proxy === undefined
      ? httpRequest(url, common)
      : httpRequest({ ...common, ...throughProxy(proxy, url, fields) })
  }
  const tunnel = { url, connectMs, maxHeadBytes: MAX_HEAD_BYTES, signal }
  return httpsRequest(url, {
    ...common,
    servername: servernameOf(url),
    ...HTTP1_ONLY,
    ...tlsOptions(target.tls, isTrusted),
    ...(proxy === undefined ? {} : { agent: new TunnelAgent({ proxy, ...tunnel }) }),
  })
}

function requestH2(options: OpenRequestOptions, events: RequestEvents): void {
  const connectNow = (onOpen: OnOpen): void => connectH2(options, events, onOpen)
  sendH2({ ...options, maxHeadBytes: MAX_HEAD_BYTES, connect: connectNow }, events)
}

/** Opens a connection, by TLS for https. Without TLS the server has to expect HTTP/2. */
function connectH2(
  { url, target, isTrusted, connectMs, signal, widestScope }: OpenRequestOptions,
  { onConnected }: RequestEvents,
  onOpen: OnOpen,
): void {
  const place: NetConnectOpts = {
    host: hostOf(url),
    port: url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port),
    ...eachAddress(connectMs),
    ...(widestScope === undefined ? {} : { lookup: lookupWithin(widestScope) }),
  }
  const secure = {
    servername: servernameOf(url),
    ALPNProtocols: ['h2'],
    ...tlsOptions(target.tls, isTrusted),
  }
  const isSecure = url.protocol === 'https:'
  const open = (through?: Socket): void => {
    const socket = isSecure
      ? connectTls({ ...place, ...secure, ...(through === undefined ? {} : { socket: through }) })
      : (through ?? connect(place))
    const abort = (): void => void socket.destroy()
    signal.addEventListener('abort', abort, { once: true })
    socket.on('close', () => {
      signal.removeEventListener('abort', abort)
      onOpen(lost('closed before it was connected'))
    })
    socket.on('error', (error) => onOpen(error))
    if (through === undefined) socket.on('connect', () => onConnected(socket))
    else onConnected(through)
    if (isSecure) socket.on('secureConnect', () => onOpen(null, socket))
    else if (through === undefined) socket.on('connect', () => onOpen(null, socket))
    else onOpen(null, socket)
  }
  const proxy = forwardProxyFor(url, target.forwardProxies)
  if (proxy === undefined) {
    open()
    return
  }
  openTunnel({ proxy, url, connectMs, maxHeadBytes: MAX_HEAD_BYTES, signal }, (error, socket) => {
    if (socket === undefined) onOpen(error)
    else open(socket)
  })
}

/** [RFC 6066 §3] The certificate is that of the URL's host, whatever a Host field says. */
function servernameOf(url: URL): string {
  const host = hostOf(url)
  return isIP(host) === 0 ? host.replace(/\.$/, '') : ''
}

/** [http §3.2.2] A forward proxy gets the whole URL. */
function throughProxy(
  proxy: URL,
  url: URL,
  fields: Readonly<Record<string, string>>,
): RequestOptions {
  const hasHost = Object.keys(fields).some((name) => name.toLowerCase() === 'host')
  return {
    host: hostOf(proxy),
    port: portOf(proxy),
    path: `${url.origin}${url.pathname}${url.search}`,
    headers: { ...(hasHost ? {} : { Host: url.host }), ...fields, ...proxyLogin(proxy) },
  }
}
