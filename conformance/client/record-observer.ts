import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'

const HEAD_BYTES = 5
const ALERT = 21
const APPLICATION_DATA = 23
/** [tls §5.2] An encrypted alert of TLS 1.3: two bytes, one for its type, and the tag. */
const ENCRYPTED_ALERT_BYTES = 2 + 1 + 16

/**
 * Sees the TLS records of a connection, which node:tls does not tell apart: whether the end of the
 * connection was announced.
 */
export class RecordObserver extends Duplex {
  readonly #tcp: Socket
  #held: Buffer = Buffer.alloc(0)
  #last: { readonly type: number; readonly bytes: number } | undefined
  #ended = false

  constructor(tcp: Socket) {
    super()
    this.#tcp = tcp
    tcp.on('data', (bytes: Buffer) => {
      this.#look(bytes)
      if (!this.push(bytes)) tcp.pause()
    })
    tcp.on('end', () => {
      this.#ended = true
      this.push(null)
    })
    tcp.on('error', (error) => this.destroy(error))
    tcp.on('close', () => this.destroy())
  }

  /** Whether the target has ended the connection with FIN. */
  get ended(): boolean {
    return this.#ended
  }

  /** [tls §6.1] Whether the last record was a closure alert. */
  get closureAlert(): boolean {
    if (this.#last === undefined) return false
    const { type, bytes } = this.#last
    return type === ALERT || (type === APPLICATION_DATA && bytes === ENCRYPTED_ALERT_BYTES)
  }

  override _read(): void {
    this.#tcp.resume()
  }

  override _write(
    bytes: Buffer,
    _encoding: BufferEncoding,
    done: (error?: Error | null) => void,
  ): void {
    this.#tcp.write(bytes, done)
  }

  override _final(done: () => void): void {
    this.#tcp.end(done)
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#tcp.destroy()
    done(error)
  }

  #look(bytes: Buffer): void {
    this.#held = Buffer.concat([this.#held, bytes])
    while (this.#held.length >= HEAD_BYTES) {
      const [type, length] = [this.#held.readUInt8(0), this.#held.readUInt16BE(3)]
      if (this.#held.length < HEAD_BYTES + length) return
      this.#last = { type, bytes: length }
      this.#held = this.#held.subarray(HEAD_BYTES + length)
    }
  }
}
