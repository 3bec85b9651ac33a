import type { Socket } from 'node:net'

import type { StreamItem, WireEvent } from '../wire/sse/event-reader.ts'
import { fieldValue } from '../wire/http/header-fields.ts'
import {
  ResponseReader,
  type WireResponseHead,
  type ResponseState,
} from '../wire/http/response-reader.ts'
import { encodeRequest, type ClientRequest } from './client-request.ts'
import { destroyConnection, openConnection, type ConnectionSettings } from './connection.ts'
import { createContentDecoder, type ContentDecoder } from './content-decoder.ts'
import { StreamContent } from './stream-content.ts'
import { Surplus } from './surplus.ts'

export interface ClientOptions {
  readonly name: string
  /** `http://HOST:PORT` or `https://HOST:PORT` */
  readonly frontUrl: string
  readonly connection?: ConnectionSettings | undefined
  readonly request: ClientRequest
  /** Events that the target itself sends; they are left out of `events`. */
  readonly isOwnEvent: (event: WireEvent) => boolean
  readonly onChange: () => void
  readonly record: (
    what: 'open' | 'sent' | 'received' | 'fin-sent' | 'fin-received' | 'lost',
    bytes?: Buffer,
  ) => void
}

/**
 * A client on a bare socket: it sends one request and records every byte of the answer as it
 * arrives.
 */
export class RawClient {
  readonly name: string
  readonly #socket: Socket
  readonly #tcp: Socket
  readonly #options: ClientOptions
  #response: ResponseReader
  readonly #content: StreamContent
  #surplus = new Surplus()
  #decoder: ContentDecoder | undefined
  readonly #startMs = performance.now()
  /** When the target ended the response or the connection. */
  #endMs: number | undefined
  #connected = false
  #closed = false
  /** Writes to the decoder whose content has not come yet. */
  #undecoded = 0
  #resetByPeer = false
  #fault: string | undefined

  constructor(options: ClientOptions) {
    this.name = options.name
    this.#options = options
    this.#content = new StreamContent(options.isOwnEvent)
    this.#response = new ResponseReader(options.request.method ?? 'GET')
    const { socket, tcp, readyEvent } = openConnection(options.frontUrl, options.connection)
    this.#socket = socket
    this.#tcp = tcp
    this.#socket.on(readyEvent, () => this.#onConnect())
    this.#socket.on('data', (chunk) => this.#guard(() => this.#onData(chunk)))
    this.#socket.on('end', () => this.#onEnd())
    this.#socket.on('error', (error) => this.#onError(error))
    this.#socket.on('close', () => this.#onClose())
  }

  /** The target of its first request. */
  get target(): string {
    return this.#options.request.target
  }

  /** Whether its first request had an Accept-Encoding field. */
  get offersCoding(): boolean {
    const { fields = [], raw } = this.#options.request
    return raw !== undefined || fieldValue(fields, 'accept-encoding') !== undefined
  }

  /** The final response head, once it has arrived. */
  get head(): WireResponseHead | undefined {
    return this.#response.head
  }

  /** The end of a compressed response counts when its content has been decoded. */
  get state(): ResponseState {
    const { state } = this.#response
    return state === 'complete' && this.#undecoded > 0 ? 'body' : state
  }

  get interim(): readonly WireResponseHead[] {
    return this.#response.interim
  }

  /** Violations of HTTP so far. */
  get violations(): readonly string[] {
    return this.#fault === undefined
      ? this.#response.violations
      : [...this.#response.violations, this.#fault]
  }

  /** Events, comments and reconnection times in the order of arrival. */
  get items(): readonly StreamItem[] {
    return this.#content.items
  }

  get events(): readonly WireEvent[] {
    return this.#content.events
  }

  /** Whether an event with this data, at most 128 bytes of ASCII, has come. */
  hasEvent(data: string): boolean {
    return this.#content.hasEvent(data)
  }

  /** The id that this client would send when it reconnects. */
  get lastEventId(): Buffer {
    return this.#content.lastEventId
  }

  /** Content so far, without transfer and content coding. */
  get content(): Buffer {
    return this.#content.whole
  }

  get contentBytes(): number {
    return this.#content.bytes
  }

  /** Bytes after the end of the response. */
  get surplusBytes(): number {
    return this.#surplus.bytes
  }

  /** The first of them, at most 64. */
  get surplusStart(): Buffer {
    return this.#surplus.start
  }

  /** True when they begin with a status line, so that they answer another request. */
  get hasSecondResponse(): boolean {
    return this.#surplus.start.toString('latin1').startsWith('HTTP/1.')
  }

  get connected(): boolean {
    return this.#connected
  }

  /** True when the connection has ended, on either side. */
  get closed(): boolean {
    return this.#closed && this.#undecoded === 0
  }

  get resetByPeer(): boolean {
    return this.#resetByPeer
  }

  /**
   * How the target has ended this response, and when. Undefined: it has not, or this side ended it
   * first.
   */
  get ending(): string | undefined {
    if (this.#endMs === undefined) return undefined
    const seconds = ((this.#endMs - this.#startMs) / 1000).toFixed(1)
    return `${this.#howEnded()} ${seconds} s after ${this.name} had connected`
  }

  /** Value of a response field; undefined when there is no head or no such field. */
  field(name: string): string | undefined {
    return this.head === undefined ? undefined : fieldValue(this.head.fields, name)
  }

  /** Stops reading, so that the kernel's buffers fill and the target sees backpressure. */
  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  /** Sends another request on this connection. The response and its content are read separately. */
  again(request: ClientRequest): void {
    this.#response = new ResponseReader(request.method ?? 'GET')
    this.#decoder?.close()
    this.#decoder = undefined
    this.#content.clear()
    this.#surplus = new Surplus()
    this.#endMs = undefined
    this.send(encodeRequest(request, this.#options.frontUrl))
  }

  send(bytes: Buffer): void {
    this.#options.record('sent', bytes)
    this.#socket.write(bytes)
  }

  /** Ends our side with FIN and stops reading. */
  close(): void {
    if (!this.#closed) this.#options.record('fin-sent')
    destroyConnection({ socket: this.#socket, tcp: this.#tcp })
  }

  /** Ends our side with FIN and keeps reading. */
  halfClose(): void {
    this.#options.record('fin-sent')
    this.#socket.end()
  }

  reset(): void {
    this.#options.record('lost')
    // Node 20 leaks the handle of a socket that is reset while it is ending.
    if (this.#tcp.writableEnded || this.#tcp !== this.#socket)
      destroyConnection({ socket: this.#socket, tcp: this.#tcp })
    else this.#tcp.resetAndDestroy()
  }

  #onConnect(): void {
    this.#connected = true
    this.#options.record('open')
    this.send(encodeRequest(this.#options.request, this.#options.frontUrl))
    this.#options.onChange()
  }

  #onData(chunk: Buffer): void {
    this.#options.record('received', chunk)
    const hadHead = this.head !== undefined
    const content = this.#response.push(chunk)
    if (!hadHead && this.head !== undefined) {
      this.#decoder = createContentDecoder(this.field('content-encoding'), (decoded) => {
        this.#guard(() => this.#content.push(decoded))
        this.#options.onChange()
      })
    }
    if (content.length > 0) {
      if (this.#decoder === undefined) this.#content.push(content)
      else this.#decode(this.#decoder, content)
    }
    if (this.#response.state === 'complete') {
      this.#surplus.push(this.#response.takeRest())
      this.#endMs ??= performance.now()
    }
    this.#options.onChange()
  }

  #howEnded(): string {
    if (this.#response.state === 'complete') return 'the target ended the response properly'
    if (this.#resetByPeer) return 'the target reset the connection'
    return this.head === undefined
      ? 'the target closed the connection without a response'
      : 'the target closed the connection in the middle of the response'
  }

  #decode(decoder: ContentDecoder, content: Buffer): void {
    this.#undecoded += 1
    decoder.write(content, () => {
      this.#undecoded -= 1
      this.#options.onChange()
    })
  }

  /** Foreign bytes may end this connection, but not the suite. */
  #guard(read: () => void): void {
    if (this.#fault !== undefined) return
    try {
      read()
    } catch (error) {
      this.#fault = error instanceof Error ? error.message : String(error)
      destroyConnection({ socket: this.#socket, tcp: this.#tcp })
      this.#decoder?.close()
    }
  }

  #onEnd(): void {
    this.#options.record('fin-received')
    this.#endMs ??= performance.now()
    this.#response.end()
    this.#options.onChange()
  }

  #onError(error: NodeJS.ErrnoException): void {
    this.#resetByPeer = error.code === 'ECONNRESET'
    if (!this.#connected && isHandshakeError(error)) this.#fault = `TLS: ${error.message}`
    if (this.#connected) this.#endMs ??= performance.now()
    this.#options.record('lost')
    this.#response.lose()
  }

  #onClose(): void {
    this.#closed = true
    this.#response.lose()
    this.#decoder?.end()
    this.#options.onChange()
  }
}

/** The certificate is not trusted, or both sides have no version or cipher in common. */
function isHandshakeError({ code = '' }: NodeJS.ErrnoException): boolean {
  return /^(?:ERR_TLS|ERR_SSL|EPROTO|CERT_|DEPTH_|SELF_|UNABLE_)/.test(code)
}
