import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'

import type { BoundaryGuard } from '../boundary-guard.ts'
import { HeadScanner } from './head-scanner.ts'

export interface HttpConnectionOptions {
  readonly socket: Socket
  readonly guard: BoundaryGuard
  /** The request line names a major version of HTTP other than 1; nothing more is read. */
  readonly onOtherVersion: (connection: HttpConnection) => void
}

/**
 * A client's connection for `node:http`: the bytes of one request head, and no bytes after it. A
 * connection carries one request. Later bytes are discarded: they use no memory, do not change the
 * response, and do not hide that the client disconnects.
 */
export class HttpConnection extends Duplex {
  readonly #options: HttpConnectionOptions
  readonly #scanner = new HeadScanner()
  #isReleased = false

  constructor(options: HttpConnectionOptions) {
    super()
    this.#options = options
    const { socket } = options
    socket.on('data', this.#onData)
    socket.on('end', this.#onEnd)
    socket.on('close', this.#onClose)
  }

  /** Forwards the bytes of the request head. */
  feed(bytes: Buffer): void {
    const end = this.#scanner.scan(bytes)
    const isOtherVersion = this.#scanner.namesOtherVersion
    // Without a listener the socket discards what it reads.
    if (end !== undefined || isOtherVersion) this.#options.socket.off('data', this.#onData)
    if (isOtherVersion) this.#options.onOtherVersion(this)
    else this.push(bytes.subarray(0, end))
    // The client may have ended its side while the front waited for the rest of the head.
    if (this.#options.socket.readableEnded) this.push(null)
  }

  /** Takes the socket away from `node:http`, which can then neither write to it nor close it. */
  release(): Socket {
    const { socket } = this.#options
    this.#isReleased = true
    socket.off('data', this.#onData)
    socket.off('end', this.#onEnd)
    socket.off('close', this.#onClose)
    this.destroy()
    return socket
  }

  override _read(): void {
    // Bytes are pushed when they arrive: a head is small, and nothing else is forwarded.
  }

  override _write(bytes: Buffer, _encoding: string, onWritten: (error?: Error | null) => void) {
    this.#options.socket.write(bytes, onWritten)
  }

  override _final(onEnded: () => void): void {
    this.#options.socket.end(onEnded)
  }

  override _destroy(error: Error | null, onDestroyed: (error: Error | null) => void): void {
    if (!this.#isReleased) this.#options.socket.destroySoon()
    onDestroyed(error)
  }

  readonly #onData = (bytes: Buffer): void => {
    const { guard, socket } = this.#options
    guard.run(
      'client',
      () => this.feed(bytes),
      () => socket.destroy(),
    )
  }

  readonly #onEnd = (): void => {
    this.push(null)
  }

  readonly #onClose = (): void => {
    this.destroy()
  }
}
