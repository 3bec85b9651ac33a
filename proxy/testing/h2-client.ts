import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
  type SecureClientSessionOptions,
} from 'node:http2'

import { eventually } from './deadline.ts'
import { type ReadEvent, readStream } from './reference-reader.ts'

type Head = IncomingHttpHeaders & IncomingHttpStatusHeader

/** A connection of HTTP/2 that never reconnects. */
export class H2Client implements AsyncDisposable {
  readonly session: ClientHttp2Session
  #error: Error | undefined

  constructor(url: string, options: SecureClientSessionOptions = {}) {
    this.session = connect(url, options)
    this.session.on('error', (error: Error) => (this.#error = error))
  }

  get error(): Error | undefined {
    return this.#error
  }

  /** Sends a request, and waits for the response head. */
  async request(
    headers: Readonly<Record<string, string>> = {},
    body?: string,
  ): Promise<H2Exchange> {
    const endStream = body === undefined
    const stream = this.session.request({ ':path': '/', ...headers }, { endStream })
    if (!endStream) stream.end(body)
    const exchange = new H2Exchange(stream)
    await eventually('the response head has arrived', () => {
      if (exchange.isClosed && exchange.head === undefined) {
        throw new Error(`closed without a response: ${exchange.error?.message ?? 'no error'}`)
      }
      return exchange.head
    })
    return exchange
  }

  async closed(): Promise<void> {
    await eventually('the connection is closed', () => this.session.destroyed)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.session.destroy()
    await this.closed()
  }
}

/** A request and its response. */
class H2Exchange {
  readonly stream: ClientHttp2Stream
  #head: Head | undefined
  #body = ''
  #error: Error | undefined

  constructor(stream: ClientHttp2Stream) {
    this.stream = stream
    stream.on('response', (head) => (this.#head = head))
    stream.on('data', (bytes: Buffer) => (this.#body += bytes.toString()))
    stream.on('error', (error: Error) => (this.#error = error))
  }

  get head(): Head | undefined {
    return this.#head
  }

  get body(): string {
    return this.#body
  }

  get error(): Error | undefined {
    return this.#error
  }

  get isClosed(): boolean {
    return this.stream.closed
  }

  get events(): readonly ReadEvent[] {
    return readStream(Buffer.from(this.#body)).events
  }

  /** Data of each event, in order. */
  get data(): readonly string[] {
    return this.events.map(({ data }) => data)
  }
}
