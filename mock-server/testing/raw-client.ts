import type { Socket } from 'node:net'
import { connect } from 'node:net'
import { once } from 'node:events'

import { until } from './until.ts'

/** A client that sends any bytes, and keeps what it reads. Disposal destroys the connection. */
export class RawClient implements Disposable {
  readonly #socket: Socket
  readonly #chunks: string[] = []
  #errorCode = ''
  #text = ''
  #isClosed = false

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setEncoding('latin1')
    socket.on('data', (chunk: string) => {
      this.#chunks.push(chunk)
      this.#text += chunk
    })
    // A reset: the tests check the 'close' that follows.
    socket.on('error', (error: NodeJS.ErrnoException) => (this.#errorCode = error.code ?? ''))
    socket.once('close', () => (this.#isClosed = true))
  }

  static async connect(port: number): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    await once(socket, 'connect')
    return new RawClient(socket)
  }

  get text(): string {
    return this.#text
  }

  /** What was read, as it came. */
  get chunks(): readonly string[] {
    return this.#chunks
  }

  /** `ECONNRESET` after a reset, and nothing after an orderly end. */
  get errorCode(): string {
    return this.#errorCode
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  send(text: string): void {
    if (!this.#socket.destroyed) this.#socket.write(text, 'latin1')
  }

  /** Closes the sending side only. */
  end(): void {
    this.#socket.end()
  }

  reset(): void {
    this.#socket.resetAndDestroy()
  }

  async read(text: string): Promise<void> {
    await until(() => this.#text.includes(text), `${JSON.stringify(text)} in the answer`)
  }

  [Symbol.dispose](): void {
    this.#socket.destroy()
  }
}

/** The bytes of one request, logged in. */
export function rawRequest(
  method: string,
  path: string,
  headers: readonly string[] = [],
  body = '',
): string {
  const login = `Authorization: Basic ${btoa('user:password')}`
  return [`${method} ${path} HTTP/1.1`, 'Host: localhost', login, ...headers, '', body].join('\r\n')
}
