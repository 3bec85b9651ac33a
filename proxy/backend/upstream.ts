import { type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'

import { ProxyError } from '../errors.ts'

/** Where one back end is and how to ask it. */
export interface UpstreamTarget {
  readonly uri: URL
  /** Sent as they stand, over what the proxy sends by itself [protocol §4.3]. */
  readonly httpHeaders: Readonly<Record<string, string>>
  readonly credentials: { readonly username: string; readonly password: string } | undefined
}

export interface UpstreamLimits {
  /** Until the connection stands. */
  readonly connectMs: number
  /** From then until the response's header fields. */
  readonly headMs: number
  /** Longest time without a byte [protocol §4.6]. */
  readonly silenceMs: number
}

export interface UpstreamEvents {
  /** The back end answered with an event stream. */
  readonly onOpen: () => void
  readonly onBytes: (bytes: Buffer) => void
  /** The connection is over, or never was; called once, and nothing after it. */
  readonly onEnd: (error: ProxyError) => void
}

/** A connection that can be given up. */
export interface Upstream {
  /** Ends it; `onEnd` is called with this error unless it is over. */
  readonly destroy: (error: ProxyError) => void
}

/** Asks a back end once for its event stream. One connection, one request, no retry: see `BackEnd`. */
export function openUpstream(
  target: UpstreamTarget,
  limits: UpstreamLimits,
  events: UpstreamEvents,
): Upstream {
  const send = target.uri.protocol === 'https:' ? httpsRequest : httpRequest
  const request = send(target.uri, { agent: false, headers: headersFor(target) })
  let isOver = false
  let deadline: NodeJS.Timeout | undefined

  const end = (error: ProxyError): void => {
    if (isOver) return
    isOver = true
    clearTimeout(deadline)
    request.destroy()
    events.onEnd(error)
  }
  const expect = (what: string, ms: number): void => {
    clearTimeout(deadline)
    deadline = setTimeout(() => end(lost(`no ${what} within ${ms} ms`)), ms)
  }

  expect('connection', limits.connectMs)
  onConnected(request, () => expect('response head', limits.headMs))
  request.once('response', (response) => {
    const refusal = refusalOf(response)
    if (refusal !== undefined) {
      end(refusal)
      return
    }
    expect('byte', limits.silenceMs)
    events.onOpen()
    response.on('data', (bytes: Buffer) => {
      if (isOver) return
      // One timer moved, not one made, per chunk.
      deadline?.refresh()
      events.onBytes(bytes)
    })
    response.once('close', () => end(lost('the back end ended the stream')))
    response.on('error', (error) => end(lost(`the connection broke: ${error.message}`, error)))
  })
  request.on('error', (error) => end(lost(error.message, error)))
  request.end()
  return { destroy: end }
}

function headersFor(target: UpstreamTarget): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {
    Accept: 'text/event-stream',
    'Cache-Control': 'no-cache',
  }
  if (target.credentials !== undefined) {
    const { username, password } = target.credentials
    headers['Authorization'] = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  }
  for (const [name, value] of Object.entries(target.httpHeaders)) {
    for (const own of Object.keys(headers)) {
      if (own.toLowerCase() === name.toLowerCase()) delete headers[own]
    }
    headers[name] = value
  }
  return headers
}

function onConnected(request: ClientRequest, listener: () => void): void {
  request.once('socket', (socket) => {
    if (socket.connecting) socket.once('connect', listener)
    else listener()
  })
}

/**
 * [protocol §4.5] Only 200 with `text/event-stream` is a stream; the type's parameters and letter case do not matter.
 * `back-end-refused` is for answers that a quick retry does not mend.
 */
function refusalOf(response: IncomingMessage): ProxyError | undefined {
  const status = response.statusCode ?? 0
  if (status !== 200) {
    const hint = HINTS[status]
    if (hint === undefined) return lost(`answered ${status}, expected 200`)
    return new ProxyError('back-end-refused', `answered ${status}, expected 200: ${hint}`)
  }
  const type = response.headers['content-type']
  if (type !== undefined && /^text\/event-stream\s*(;|$)/i.test(type)) return undefined
  const came = type === undefined ? 'no content type' : JSON.stringify(type)
  return new ProxyError(
    'back-end-refused',
    `answered ${came}, expected text/event-stream: check backends[].uri`,
  )
}

const HINTS: Readonly<Record<number, string>> = {
  401: 'check backends[].credentials',
  403: 'check that backends[].credentials may read the stream',
  404: 'check backends[].uri',
}

function lost(message: string, cause?: Error): ProxyError {
  return new ProxyError('back-end-lost', message, { cause })
}
