import type { TextDecoder } from 'node:util'

import type { Switches } from './switches.ts'

const LF = 0x0a
const CR = 0x0d
const BOM = Buffer.from('\uFEFF')
const MAX_ID_BYTES = 1024

export interface CutterOptions {
  readonly switches: Switches
  /** An event with data: its lines without comments, `id` and `retry`, then a blank line. */
  readonly onEvent: (bytes: Buffer) => void
  readonly onId: (id: string) => void
  readonly onRetry: (ms: number) => void
  /** Largest event. `push` throws RangeError above it. */
  readonly maxBytes: number
  /** Decodes text where a fault decodes it. */
  readonly decoder: TextDecoder
  /** Lines of the event that has begun. */
  readonly lines: Buffer[]
}

/**
 * Cuts the bytes of one connection into events. Every line end becomes the ring's own, which [sse
 * §9.2.6] allows.
 */
export class EventCutter {
  readonly #options: CutterOptions
  readonly #lineEnd: Buffer
  #rest = Buffer.alloc(0)
  #pieces: Buffer[] = []
  /** Of the line that has begun, and of the event's lines before it. */
  #lineBytes = 0
  #eventBytes = 0
  #skipsLf = false
  #isFirstLine = true
  #hasData = false
  #id: string | undefined

  constructor(options: CutterOptions) {
    this.#options = options
    const { switches } = options
    const own = switches.has('ring-crlf') ? '\r\n' : switches.has('ring-cr') ? '\r' : '\n'
    this.#lineEnd = Buffer.from(own)
  }

  push(given: Buffer): void {
    const { switches } = this.#options
    let bytes = given
    if (switches.has('ring-one-text-decoder'))
      bytes = Buffer.from(this.#options.decoder.decode(bytes, { stream: true }))
    if (switches.has('ring-decodes-per-packet')) bytes = Buffer.from(bytes.toString('utf8'))
    if (switches.has('ring-waits-after-cr') || switches.has('ring-waits-after-crlf')) {
      bytes = this.#withoutWaiting(bytes)
    }
    if (switches.has('ring-blank-line-in-one-packet') && /^\r?\n$/.test(bytes.toString('latin1')))
      return
    let start = 0
    while (start < bytes.length) {
      if (this.#skipsLf && bytes[start] === LF) start += 1
      this.#skipsLf = false
      const end = lineEnd(bytes, start)
      if (end === -1) break
      const line = bytes.subarray(start, end)
      const whole = this.#pieces.length === 0 ? line : Buffer.concat([...this.#pieces, line])
      this.#pieces = []
      this.#lineBytes = 0
      this.#endLine(whole)
      // [sse §9.2.6] A CR ends its line at once; an LF behind it belongs to the same line end.
      this.#skipsLf = bytes[end] === CR
      start = end + 1
    }
    if (start >= bytes.length) return
    this.#pieces.push(Buffer.from(bytes.subarray(start)))
    this.#lineBytes += bytes.length - start
    this.#limit()
  }

  /** A fault: the last line end of a packet waits for the next byte. */
  #withoutWaiting(bytes: Buffer): Buffer {
    const all = Buffer.concat([this.#rest, bytes])
    const end = this.#options.switches.has('ring-waits-after-cr') ? '\r' : '\r\n\r\n'
    const kept = all.toString('latin1').endsWith(end) ? end.length : 0
    this.#rest = Buffer.from(all.subarray(all.length - kept))
    return all.subarray(0, all.length - kept)
  }

  #endLine(raw: Buffer): void {
    const line = this.#isFirstLine && raw.subarray(0, 3).equals(BOM) ? raw.subarray(3) : raw
    this.#isFirstLine = false
    if (line.length === 0) return this.#endEvent()
    const colon = line.indexOf(':')
    if (colon === 0) return
    const name = line.toString('latin1', 0, colon < 0 ? line.length : colon)
    if (name === 'id') return this.#readId(line, colon)
    if (name === 'retry') return this.#readRetry(line, colon)
    this.#hasData ||= name === 'data'
    this.#eventBytes += line.length
    this.#limit()
    const isDecoded = this.#options.switches.has('ring-decodes-text')
    const kept = isDecoded ? Buffer.from(line.toString('utf8')) : Buffer.from(line)
    this.#options.lines.push(kept, this.#lineEnd)
  }

  #endEvent(): void {
    const { lines, onEvent, onId } = this.#options
    if (this.#id !== undefined) onId(this.#id)
    this.#id = undefined
    this.#eventBytes = 0
    if (!this.#hasData) {
      lines.length = 0
      return
    }
    this.#hasData = false
    const event = Buffer.concat([...lines, this.#lineEnd])
    lines.length = 0
    onEvent(event)
  }

  #readId(line: Buffer, colon: number): void {
    const value = valueOf(line, colon)
    // [sse §9.2.6] [protocol §4.12]
    if (value.includes('\0') && !this.#options.switches.has('ring-keeps-nul-ids')) return
    const isLong =
      value.length > MAX_ID_BYTES && !this.#options.switches.has('ring-returns-long-ids')
    this.#id = isLong ? '' : value
    if (this.#options.switches.has('ring-back-end-ids-too')) {
      this.#options.lines.push(Buffer.from(line), this.#lineEnd)
    }
  }

  #readRetry(line: Buffer, colon: number): void {
    const { switches, onRetry, lines } = this.#options
    const value = valueOf(line, colon)
    // [sse §9.2.6] Anything but digits is ignored.
    const isNumber = /^\d{1,15}$/.test(value) || switches.has('ring-guesses-retry')
    if (isNumber) onRetry(Number(value))
    if (switches.has('ring-forwards-retry')) lines.push(Buffer.from(line), this.#lineEnd)
  }

  #limit(): void {
    const { maxBytes } = this.#options
    if (this.#lineBytes + this.#eventBytes > maxBytes)
      throw new RangeError(`an event of more than ${maxBytes} bytes`)
  }
}

/** Where the next LF or CR is; -1: nowhere. */
function lineEnd(bytes: Buffer, from: number): number {
  const lf = bytes.indexOf(LF, from)
  const cr = bytes.subarray(from, lf === -1 ? bytes.length : lf).indexOf(CR)
  return cr === -1 ? lf : from + cr
}

function valueOf(line: Buffer, colon: number): string {
  const value = colon < 0 ? '' : line.toString('latin1', colon + 1)
  return value.startsWith(' ') ? value.slice(1) : value
}
