const LF = 0x0a
const CR = 0x0d
const LONGEST_LINE = 256 * 1024

/** Takes CRLF lines off the front of arriving bytes; a line that ends with a bare LF is told as a violation. */
export class LineSplitter {
  #pending: Buffer = Buffer.alloc(0)
  readonly #violate: (what: string) => void

  constructor(violate: (what: string) => void) {
    this.#violate = violate
  }

  push(chunk: Buffer): void {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk])
  }

  /** The next line without its end, or undefined while it is incomplete. */
  takeLine(): string | undefined {
    const end = this.#pending.indexOf(LF)
    if (end === -1) {
      if (this.#pending.length > LONGEST_LINE) this.#violate('a line of the head never ends')
      return undefined
    }
    const withCr = end > 0 && this.#pending[end - 1] === CR
    // [http/1.1 §2.2] Lines of a message end with CRLF.
    if (!withCr) this.#violate('a line ends with LF alone instead of CRLF')
    const line = this.#pending.subarray(0, withCr ? end - 1 : end).toString('latin1')
    this.#pending = this.#pending.subarray(end + 1)
    return line
  }

  /** Up to `count` bytes that have arrived. */
  takeBytes(count: number): Buffer {
    const bytes = this.#pending.subarray(0, count)
    this.#pending = this.#pending.subarray(bytes.length)
    return bytes
  }

  takeAll(): Buffer {
    return this.takeBytes(this.#pending.length)
  }

  get size(): number {
    return this.#pending.length
  }
}
