import type { ClientHttp2Stream, IncomingHttpHeaders, IncomingHttpStatusHeader } from 'node:http2'
import { Readable } from 'node:stream'

import type { BackEndMessage } from './back-end-request.ts'
import { lost } from './trouble.ts'

type Head = IncomingHttpHeaders & IncomingHttpStatusHeader

/** The connection of a stream of HTTP/2. */
export interface H2Connection {
  /** Why it or its stream ended, as far as the back end said it. */
  readonly farewell: string | undefined
  /** Sends a PING, and calls back when it is acknowledged. */
  readonly ping: (onAnswer: () => void) => void
}

/** A response over HTTP/2. */
export class H2Message extends Readable implements BackEndMessage {
  readonly statusCode: number | undefined
  readonly headers: IncomingHttpHeaders
  readonly remoteAddress: string
  readonly #stream: ClientHttp2Stream
  readonly #connection: H2Connection
  #complete = false

  constructor(stream: ClientHttp2Stream, head: Head, address: string, connection: H2Connection) {
    super()
    this.#stream = stream
    this.#connection = connection
    this.statusCode = head[':status']
    this.headers = head
    this.remoteAddress = address
    // Without it, an error ends the process when nothing reads the message.
    this.on('error', ignore)
    stream.on('data', (bytes: Buffer) => {
      if (!this.push(bytes)) stream.pause()
    })
    stream.on('end', () => {
      // A stream that was reset ends, too.
      if (stream.aborted || stream.rstCode !== 0) return
      this.#complete = true
      this.push(null)
    })
    stream.on('error', (error) => this.destroy(this.#reason(error)))
    stream.on('close', () => {
      if (!this.#complete) this.destroy(this.#reason())
    })
  }

  get complete(): boolean {
    return this.#complete
  }

  get farewell(): string | undefined {
    return this.#connection.farewell
  }

  ask(onAnswer: () => void): void {
    this.#connection.ping(onAnswer)
  }

  override _read(): void {
    this.#stream.resume()
  }

  #reason(error?: Error): Error {
    return lost(this.#connection.farewell ?? error?.message ?? 'the connection was closed', error)
  }
}

function ignore(): void {}
