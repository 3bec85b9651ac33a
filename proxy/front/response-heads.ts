import type { OutgoingHttpHeaders } from 'node:http2'

import { SERVER_NAME } from '../server-name.ts'
import type { BodyFraming } from '../fanout/subscriber.ts'
import type { Cors, Field } from './cors.ts'

export interface ResponseHeadsOptions {
  readonly cors: Cors
  /** Names of the proxies that a stream comes through, this one first. */
  readonly chain: () => readonly string[]
  readonly nowMs: () => number
  /** Whether responses have the fields Server and Date. */
  readonly sendsServer: boolean
  readonly sendsDate: boolean
}

/** Header fields of every stream; never a Content-Encoding [protocol §5.14]. */
const STREAM_FIELDS: readonly Field[] = [
  ['Content-Type', 'text/event-stream'],
  ['Cache-Control', 'no-cache, no-transform'],
  // For nginx: pass on what comes, do not collect it.
  ['X-Accel-Buffering', 'no'],
  // Nothing follows a stream on its connection.
  ['Connection', 'close'],
]

/** Where proxies name themselves, so that one which meets its own name finds the loop. */
const CHAIN_FIELD = 'SSE-Proxy-Chain'

const MOST_HEADS = 256

/** The heads of streams as bytes, built once per second and origin, so that clients share them. */
export class ResponseHeads {
  readonly #options: ResponseHeadsOptions
  readonly #heads = new Map<string, Buffer>()
  readonly #h2Heads = new Map<string, OutgoingHttpHeaders>()
  #date = ''
  #corsRevision = 0

  constructor(options: ResponseHeadsOptions) {
    this.#options = options
  }

  /** Status line and header fields of a stream. */
  streamHead(framing: BodyFraming, origin: string | undefined): Buffer {
    this.#forgetOldHeads()
    const key = `${framing} ${origin ?? ''}`
    const known = this.#heads.get(key)
    if (known !== undefined) return known
    // Origins are the clients' to choose: their number must not be.
    if (this.#heads.size >= MOST_HEADS) this.#heads.clear()
    const head = this.#build(framing, origin)
    this.#heads.set(key, head)
    return head
  }

  /** Status and header fields of a stream over HTTP/2. */
  h2Head(origin: string | undefined): OutgoingHttpHeaders {
    this.#forgetOldHeads()
    const known = this.#h2Heads.get(origin ?? '')
    if (known !== undefined) return known
    if (this.#h2Heads.size >= MOST_HEADS) this.#h2Heads.clear()
    const head = toH2Head(200, [
      ...this.streamFields(origin),
      [CHAIN_FIELD, this.#options.chain().join(', ')],
      ...this.commonFields,
    ])
    this.#h2Heads.set(origin ?? '', head)
    return head
  }

  /** The same fields for an answer that has no body, such as to HEAD. */
  streamFields(origin: string | undefined): readonly Field[] {
    return [...STREAM_FIELDS, ...this.#options.cors.fieldsFor(origin)]
  }

  /** Fields of every response, besides Date. */
  get commonFields(): readonly Field[] {
    return this.#options.sendsServer ? [['Server', SERVER_NAME]] : []
  }

  get sendsDate(): boolean {
    return this.#options.sendsDate
  }

  #build(framing: BodyFraming, origin: string | undefined): Buffer {
    // [http §6.6.1] An origin server with a clock sends a date.
    const fields: Field[] = [
      ...this.streamFields(origin),
      [CHAIN_FIELD, this.#options.chain().join(', ')],
      ...this.commonFields,
    ]
    if (this.sendsDate) fields.push(['Date', this.#date])
    if (framing === 'chunked') fields.push(['Transfer-Encoding', 'chunked'])
    const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`)
    return Buffer.from(`HTTP/1.1 200 OK\r\n${lines.join('')}\r\n`, 'latin1')
  }

  #forgetOldHeads(): void {
    const { cors, nowMs } = this.#options
    const date = new Date(nowMs()).toUTCString()
    if (date === this.#date && cors.revision === this.#corsRevision) return
    this.#date = date
    this.#corsRevision = cors.revision
    this.#heads.clear()
    this.#h2Heads.clear()
  }
}

/**
 * A head of HTTP/2: names in lower case, and no field about the connection [http/2 §8.2.1, §8.2.2].
 */
export function toH2Head(status: number, fields: readonly Field[]): OutgoingHttpHeaders {
  const own = fields.map(([name, value]) => [name.toLowerCase(), value] as const)
  return { ':status': status, ...Object.fromEntries(own.filter(([name]) => name !== 'connection')) }
}
