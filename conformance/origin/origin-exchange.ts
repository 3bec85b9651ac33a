import type { Socket } from 'node:net'

import { fieldValue, type HeaderField } from '../wire/http/header-fields.ts'
import type { WireRequest } from '../wire/http/request-reader.ts'
import { resetSocket } from './reset-socket.ts'

/** How a response marks its end. */
export type OriginResponseFraming = 'chunked' | 'close' | { readonly length: number }

export interface OriginResponse {
  readonly status?: number | undefined
  readonly fields?: readonly HeaderField[] | undefined
  readonly framing?: OriginResponseFraming | undefined
  readonly version?: '1.0' | '1.1' | undefined
  /** False: without a Date field. */
  readonly dated?: boolean | undefined
}

/** The response of a plain event stream. */
const STREAM_FIELDS: readonly HeaderField[] = [
  { name: 'Content-Type', value: 'text/event-stream' },
  { name: 'Cache-Control', value: 'no-cache, no-transform' },
]

type Record = (what: 'sent' | 'fin-sent' | 'lost', bytes?: Buffer) => void

/** One request of the target at our origin. The check decides when and what to answer. */
export class OriginExchange {
  /** `origin A, connection 3` */
  readonly name: string
  readonly request: WireRequest
  /** Violations of HTTP on its connection so far. */
  readonly violations: readonly string[]
  readonly #socket: Socket
  readonly #record: Record
  #framing: OriginResponseFraming | undefined
  #ended = false
  #bodiless = false

  constructor(
    name: string,
    request: WireRequest,
    violations: readonly string[],
    socket: Socket,
    record: Record,
  ) {
    this.name = name
    this.request = request
    this.violations = violations
    this.#socket = socket
    this.#record = record
  }

  /** True once a head was written. */
  get answered(): boolean {
    return this.#framing !== undefined
  }

  /** True when the connection is closed or the target has ended its side. */
  get closed(): boolean {
    return this.#socket.destroyed || this.#socket.readableEnded
  }

  /** True while events can be written. */
  get open(): boolean {
    return this.answered && !this.#ended && !this.closed
  }

  /** Bytes that the kernel has not yet accepted. */
  get pendingBytes(): number {
    return this.#socket.writableLength
  }

  field(name: string): string | undefined {
    return fieldValue(this.request.fields, name)
  }

  /** Writes the head. Default: 200 and an event stream, chunked. */
  answer({
    status = 200,
    fields = STREAM_FIELDS,
    framing = 'chunked',
    version = '1.1',
    dated = true,
  }: OriginResponse = {}): void {
    // [http/1.1 §6.1] No transfer coding for an HTTP/1.0 request.
    const used = framing === 'chunked' && this.request.version === '1.0' ? 'close' : framing
    this.#framing = used
    // [http/1.1 §6.3] These never have content, whatever their fields say.
    this.#bodiless = this.request.method === 'HEAD' || status === 204 || status === 304
    const lines = [
      `HTTP/${version} ${status} ${REASONS[status] ?? 'Status'}`,
      ...(dated ? [`Date: ${new Date().toUTCString()}`] : []),
      ...fields.map(({ name, value }) => `${name}: ${value}`),
      ...(status === 204 || status === 304 ? [] : framingLines(used)),
    ]
    this.writeRaw(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'))
  }

  /** Writes a head as it is, also a malformed one. The connection marks the end of the response. */
  answerRaw(head: string): void {
    this.#framing = 'close'
    this.writeRaw(Buffer.from(head, 'latin1'))
  }

  /** Writes content, as one chunk if the response is chunked. */
  write(content: Buffer | string): void {
    if (this.#bodiless) return
    const bytes = Buffer.isBuffer(content) ? content : Buffer.from(content)
    if (this.#framing !== 'chunked') this.writeRaw(bytes)
    else if (bytes.length > 0) {
      const size = Buffer.from(`${bytes.length.toString(16)}\r\n`)
      this.writeRaw(Buffer.concat([size, bytes, Buffer.from('\r\n')]))
    }
  }

  writeRaw(bytes: Buffer): void {
    this.#record('sent', bytes)
    this.#socket.write(bytes)
  }

  /**
   * Ends the response as its framing requires. A chunked connection stays open for the next
   * request.
   */
  end(): void {
    this.#ended = true
    if (this.#bodiless) return
    if (this.#framing === 'chunked') this.writeRaw(Buffer.from('0\r\n\r\n'))
    else if (this.#framing === 'close') this.fin()
  }

  /** Ends the connection with FIN, without a response. */
  fin(): void {
    this.#ended = true
    if (this.#socket.destroyed) return
    this.#record('fin-sent')
    this.#socket.end()
  }

  reset(): void {
    this.#ended = true
    if (this.#socket.destroyed) return
    this.#record('lost')
    resetSocket(this.#socket)
  }
}

const REASONS: Readonly<{ [status: number]: string }> = {
  200: 'OK',
  204: 'No Content',
  301: 'Moved Permanently',
  302: 'Found',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
}

function framingLines(framing: OriginResponseFraming): readonly string[] {
  if (framing === 'chunked') return ['Transfer-Encoding: chunked']
  return framing === 'close' ? ['Connection: close'] : [`Content-Length: ${framing.length}`]
}
