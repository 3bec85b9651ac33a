import type { Socket } from 'node:net'

/** Unread bytes are buffered up to this limit, then the socket is paused. */
const HIGH_WATER_BYTES = 64 * 1024

/** Pulls bytes from a socket. It stays attached to the socket for its whole life. */
export class SocketReader {
  readonly #socket: Socket
  #chunks: Buffer[] = []
  #heldBytes = 0
  #discards = false
  #state: 'open' | 'ended' | 'failed' = 'open'
  #wake: () => void = () => {}

  constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (bytes: Buffer) => {
      if (this.#discards) return
      this.#chunks.push(bytes)
      this.#heldBytes += bytes.length
      if (this.#heldBytes >= HIGH_WATER_BYTES) socket.pause()
      this.#wake()
    })
    socket.on('end', () => this.#finish('ended'))
    socket.on('error', () => this.#finish('failed'))
    // A "close" without an "end" means that the connection was lost or destroyed.
    socket.on('close', () => this.#finish('failed'))
  }

  /** Bytes that have arrived and are not read. */
  get heldBytes(): number {
    return this.#heldBytes
  }

  /** True when no more bytes come. */
  get ended(): boolean {
    return this.#state !== 'open'
  }

  /** True when the connection was lost rather than ended by its peer. */
  get failed(): boolean {
    return this.#state === 'failed'
  }

  /** The next bytes as they arrived, or undefined at the end. */
  async read(): Promise<Buffer | undefined> {
    while (this.#chunks.length === 0) {
      if (this.#state !== 'open') return undefined
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    const bytes = this.#chunks.shift()
    this.#heldBytes -= bytes?.length ?? 0
    if (this.#heldBytes < HIGH_WATER_BYTES) this.#socket.resume()
    return bytes
  }

  /** Drops the bytes that have arrived and are not read. */
  forget(): void {
    this.#chunks = []
    this.#heldBytes = 0
    this.#socket.resume()
  }

  /** From now on drops what arrives, so that an end is seen. */
  discard(): void {
    this.#discards = true
    this.forget()
  }

  /** Puts bytes back, to be read next. */
  unread(bytes: Buffer): void {
    if (bytes.length === 0) return
    this.#chunks.unshift(bytes)
    this.#heldBytes += bytes.length
  }

  /**
   * Text (latin1) up to a delimiter, which is consumed and left out. `end`: the socket closed
   * first; `too-long`: more than `maxBytes` came without one.
   */
  async readUntil(delimiter: string, maxBytes: number): Promise<ReadText> {
    let held = Buffer.alloc(0)
    for (;;) {
      const at = held.indexOf(delimiter, 0, 'latin1')
      if (at > maxBytes || (at < 0 && held.length >= maxBytes + delimiter.length))
        return { kind: 'too-long' }
      if (at >= 0) {
        this.unread(held.subarray(at + delimiter.length))
        return { kind: 'text', text: held.toString('latin1', 0, at) }
      }
      const bytes = await this.read()
      if (bytes === undefined) return { kind: 'end' }
      held = Buffer.concat([held, bytes])
    }
  }

  /** A line, if the next read has the whole of it. */
  async readLineAtOnce(): Promise<ReadText> {
    const bytes = await this.read()
    const at = bytes?.indexOf('\r\n') ?? -1
    if (bytes === undefined || at < 0) return { kind: 'end' }
    this.unread(bytes.subarray(at + 2))
    return { kind: 'text', text: bytes.toString('latin1', 0, at) }
  }

  #finish(state: 'ended' | 'failed'): void {
    if (this.#state === 'open') this.#state = state
    this.#wake()
  }
}

export type ReadText =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'end' }
  | { readonly kind: 'too-long' }
