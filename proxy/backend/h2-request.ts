import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect as connectH2,
  type OutgoingHttpHeaders,
} from 'node:http2'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

import type { RequestEvents } from './back-end-request.ts'
import { type H2Connection, H2Message } from './h2-message.ts'
import { isOtherProtocol } from './http1-request.ts'
import { lost, refused } from './trouble.ts'

export interface H2RequestOptions {
  readonly url: URL
  readonly fields: Readonly<Record<string, string>>
  readonly maxHeadBytes: number
  /** Ends the request. */
  readonly signal: AbortSignal
  /**
   * Opens a connection, which is destroyed when `signal` is aborted. Calls back once it can be used,
   * with TLS after its handshake. Later calls have no effect.
   */
  readonly connect: (onOpen: OnOpen) => void
}

/** Called with an error, or with a connection that is open. */
export type OnOpen = (error: Error | null, socket?: Socket) => void

// [http/2 §10.5] What a back end may make the proxy do. It sends no more streams than the one.
const LIMITS = {
  maxHeaderListPairs: 2000,
  maxOutstandingPings: 10,
  maxSessionInvalidFrames: 100,
  maxSettings: 32,
}
/** Bytes that a back end may send before the proxy has read them. 64 KiB are little on a long way. */
const WINDOW_BYTES = 1_048_576
/** [http/2 §6.5.2] What a field adds to the size of a header list besides its name and value. */
const FIELD_BYTES = 32
/** [http/2 §8.2.2] Fields about a connection of HTTP/1.1. The others are refused in the file. */
const CONNECTION_FIELDS = new Set(['host', 'proxy-connection', 'http2-settings'])
/** [http/2 §7] Names by their codes. */
const ERRORS = [
  'NO_ERROR',
  'PROTOCOL_ERROR',
  'INTERNAL_ERROR',
  'FLOW_CONTROL_ERROR',
  'SETTINGS_TIMEOUT',
  'STREAM_CLOSED',
  'FRAME_SIZE_ERROR',
  'REFUSED_STREAM',
  'CANCEL',
  'COMPRESSION_ERROR',
  'CONNECT_ERROR',
  'ENHANCE_YOUR_CALM',
  'INADEQUATE_SECURITY',
  'HTTP_1_1_REQUIRED',
]

/** Sends a request over a connection of HTTP/2 of its own. */
export function sendH2(options: H2RequestOptions, events: RequestEvents): void {
  const { signal, connect } = options
  if (signal.aborted) {
    events.onFailed(lost('aborted'))
    return
  }
  let isOver = false
  connect((error, socket) => {
    if (isOver) return
    isOver = true
    if (socket === undefined) {
      const isOther = error !== null && isOtherProtocol(error)
      events.onFailed(isOther ? refused(SPEAKS_NONE) : (error ?? lost('no connection')))
      return
    }
    if (signal.aborted) {
      socket.destroy()
      events.onFailed(lost('aborted'))
      return
    }
    if (socket instanceof TLSSocket && socket.alpnProtocol !== 'h2') {
      socket.destroy()
      events.onFailed(refused(SPEAKS_NONE))
      return
    }
    try {
      new H2Exchange(options, events, socket).start()
    } catch (failure) {
      socket.destroy()
      events.onFailed(failure instanceof Error ? failure : new Error(String(failure)))
    }
  })
}

const SPEAKS_NONE = 'speaks no HTTP/2: leave out backends[].httpVersion'

/** One request and its connection. */
class H2Exchange implements H2Connection {
  readonly #options: H2RequestOptions
  readonly #events: RequestEvents
  readonly #address: string
  readonly #session: ClientHttp2Session
  readonly #stream: ClientHttp2Stream
  #hasResponse = false
  /** Whether the other end has sent the first frame of HTTP/2. */
  #speaksH2 = false
  #hasFailed = false
  /** What the back end said about the end of the connection, or broke. */
  #goodbye: string | undefined

  constructor(options: H2RequestOptions, events: RequestEvents, socket: Socket) {
    const { url, fields } = options
    this.#options = options
    this.#events = events
    this.#address = socket.remoteAddress ?? ''
    const settings = { enablePush: false, initialWindowSize: WINDOW_BYTES }
    this.#session = connectH2(url.origin, { ...LIMITS, settings, createConnection: () => socket })
    this.#stream = this.#session.request(toH2Fields(url, fields), { endStream: true })
  }

  start(): void {
    const [session, stream] = [this.#session, this.#stream]
    session.on('connect', () => session.setLocalWindowSize(WINDOW_BYTES))
    session.on('remoteSettings', () => (this.#speaksH2 = true))
    session.on('goaway', (code) => {
      this.#goodbye = `the back end closes the connection (GOAWAY ${nameOf(code)})`
    })
    session.on('error', (error) => {
      this.#goodbye ??= `HTTP/2: ${error.message}`
    })
    stream.on('headers', this.#events.onInterim)
    stream.on('response', (head, _flags, rawHeaders?: readonly string[]) => {
      const bytes = sizeOf(rawHeaders ?? [])
      const { maxHeadBytes } = this.#options
      if (bytes > maxHeadBytes) {
        this.#fail(refused(`sent a response head of ${bytes} bytes, the limit is ${maxHeadBytes}`))
        return
      }
      this.#hasResponse = true
      this.#events.onResponse(new H2Message(stream, head, this.#address, this))
    })
    stream.on('error', (error) => this.#fail(this.#troubleOf(error)))
    stream.on('close', () => this.#fail(lost(this.farewell ?? 'closed without a response')))
  }

  /** What the back end said before the end; undefined = nothing. */
  get farewell(): string | undefined {
    const { rstCode } = this.#stream
    if (this.#goodbye !== undefined || rstCode === 0) return this.#goodbye
    return `the stream was reset (${nameOf(rstCode)})`
  }

  /** [http/2 §6.7] Has no effect once the connection has ended. */
  ping(onAnswer: () => void): void {
    if (this.#session.destroyed) return
    this.#session.ping((error) => {
      if (error === null) onAnswer()
    })
  }

  #troubleOf(error: Error): Error {
    if (!this.#speaksH2 && 'code' in error && error.code === 'ERR_HTTP2_ERROR') {
      return refused(SPEAKS_NONE)
    }
    return lost(this.farewell ?? error.message, error)
  }

  /** After a response, the message tells. */
  #fail(error: Error): void {
    if (this.#hasResponse || this.#hasFailed) return
    this.#hasFailed = true
    this.#session.destroy()
    this.#events.onFailed(error)
  }
}

/** [http/2 §8.2.1, §8.3.1] Names in lower case, and the host in a field of its own. */
function toH2Fields(
  { host, pathname, search, protocol }: URL,
  fields: Readonly<Record<string, string>>,
): OutgoingHttpHeaders {
  const lower = Object.entries(fields).map(([name, value]) => {
    return [name.toLowerCase(), value.trim()] as const
  })
  const [, authority = host] = lower.find(([name]) => name === 'host') ?? []
  return {
    ':method': 'GET',
    ':scheme': protocol.slice(0, -1),
    ':authority': authority,
    ':path': pathname + search,
    ...Object.fromEntries(lower.filter(([name]) => !CONNECTION_FIELDS.has(name))),
  }
}

function sizeOf(rawHeaders: readonly string[]): number {
  return rawHeaders.reduce((bytes, text) => bytes + text.length + FIELD_BYTES / 2, 0)
}

function nameOf(code: number | undefined): string {
  return ERRORS[code ?? 0] ?? String(code)
}
