const LF = 0x0a
const CR = 0x0d

/** Limit of a head line, so that an endless one cannot fill the memory. */
const MAX_LINE_BYTES = 4 * 1024 * 1024

/**
 * Splits arriving bytes into CRLF lines. Reports a line that ends with a bare LF as a violation.
 */
export class LineSplitter {
  #parts: Buffer[] = []
  #size = 0
  /** Parts without an LF: each byte is searched once, even when chunks are tiny. */
  #searchedParts = 0
  #searchedBytes = 0
  readonly #violate: (what: string) => void

  constructor(violate: (what: string) => void) {
    this.#violate = violate
  }

  push(chunk: Buffer): void {
    if (chunk.length === 0) return
    this.#parts.push(chunk)
    this.#size += chunk.length
  }

  /** The next line without its end, or undefined while it is incomplete. */
  takeLine(): string | undefined {
    for (; this.#searchedParts < this.#parts.length; this.#searchedParts += 1) {
      const part = this.#parts[this.#searchedParts]
      const end = part?.indexOf(LF) ?? -1
      if (end !== -1) return this.#decodeLine(this.takeBytes(this.#searchedBytes + end + 1))
      this.#searchedBytes += part?.length ?? 0
    }
    return undefined
  }

  /** True when the unfinished line exceeds the limit. */
  get lineTooLong(): boolean {
    return this.#searchedBytes > MAX_LINE_BYTES
  }

  /** Up to `count` bytes that have arrived. */
  takeBytes(count: number): Buffer {
    const [first = Buffer.alloc(0), ...others] = this.#parts
    const all = others.length === 0 ? first : Buffer.concat(this.#parts)
    const bytes = all.subarray(0, count)
    this.#parts = bytes.length === all.length ? [] : [all.subarray(count)]
    this.#size -= bytes.length
    this.#searchedParts = 0
    this.#searchedBytes = 0
    return bytes
  }

  takeAll(): Buffer {
    return this.takeBytes(this.#size)
  }

  get size(): number {
    return this.#size
  }

  #decodeLine(bytes: Buffer): string {
    const withCr = bytes.length > 1 && bytes.at(-2) === CR
    // [http/1.1 §2.2] Lines of a message end with CRLF.
    if (!withCr) this.#violate('a line ends with LF alone instead of CRLF')
    return bytes.subarray(0, bytes.length - (withCr ? 2 : 1)).toString('latin1')
  }
}
