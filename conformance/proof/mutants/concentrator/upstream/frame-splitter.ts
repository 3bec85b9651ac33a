const LF = 0x0a
const CR = 0x0d
const COLON = 0x3a
const BOM = Buffer.from('\ufeff')
const LEAST_RETRY_MS = 1000
const LONGEST_RETRY_MS = 60_000

export interface FrameSplitterOptions {
  readonly onFrame: (frame: Buffer) => void
  /** The last event id, set at a blank line, as latin1. It never contains NUL [sse §9.2.6]. */
  readonly onId?: ((id: string) => void) | undefined
  /** The value of a `retry` field, of digits only [sse §9.2.6]. */
  readonly onRetry?: ((ms: number) => void) | undefined
  /** Maximum size of one unfinished frame. */
  readonly maxFrameBytes: number
  /** A fault: an id counts as soon as its line is complete. */
  readonly idsAtOnce?: boolean | undefined
  /** A fault: an id with NUL is a valid one. */
  readonly keepsNulIds?: boolean | undefined
  /** A fault: ids are forwarded. */
  readonly forwardsIds?: boolean | undefined
  /** A fault: `retry` is forwarded with any value. */
  readonly forwardsAnyRetry?: boolean | undefined
  /** A fault: the value of a `retry` field is whatever the language makes of its text. */
  readonly guessesRetry?: boolean | undefined
}

/**
 * Splits the bytes of one connection into frames, each with its own line ends and its closing blank
 * line [sse §9.2.6]. Leaves out comments and ids, which a proxy does not forward. Bytes without a
 * blank line are not a frame.
 */
export class FrameSplitter {
  readonly #options: FrameSplitterOptions
  #lines: Buffer[] = []
  #line: Buffer[] = []
  #frameBytes = 0
  #afterCr = false
  #keepsLf = false
  #atStart = true
  #id: string | undefined

  constructor(options: FrameSplitterOptions) {
    this.#options = options
  }

  /** Throws RangeError when one frame exceeds the limit. */
  push(bytes: Buffer): void {
    let start = 0
    let afterCr = this.#afterCr
    for (let at = 0; at < bytes.length; at += 1) {
      const byte = bytes[at]
      // [sse §9.2.6] CRLF is one line end, even when a read ends between the two. A frame closed by
      // CR has already been emitted, so the LF after it is dropped; inside a frame it is kept.
      if (afterCr && byte === LF) {
        if (this.#keepsLf) this.#lines.push(bytes.subarray(at, at + 1))
        start = at + 1
      } else if (byte === LF || byte === CR) {
        this.#line.push(bytes.subarray(start, at + 1))
        this.#endLine()
        start = at + 1
      }
      afterCr = byte === CR
    }
    this.#afterCr = afterCr
    if (start === bytes.length) return
    this.#line.push(bytes.subarray(start))
    this.#frameBytes += bytes.length - start
    const { maxFrameBytes } = this.#options
    if (this.#frameBytes > maxFrameBytes) {
      throw new RangeError(`a back end sent a frame of more than ${maxFrameBytes} bytes`)
    }
  }

  #endLine(): void {
    let line = Buffer.concat(this.#line)
    this.#line = []
    // [sse §9.2.6] one leading BOM is not part of the first line.
    if (this.#atStart && line.subarray(0, BOM.length).equals(BOM)) line = line.subarray(BOM.length)
    this.#atStart = false
    if (line.length > 1) {
      this.#learnId(line)
      this.#learnRetry(line)
      this.#keepsLf = isForwarded(line, this.#options)
      if (this.#keepsLf) this.#lines.push(line)
      this.#frameBytes += line.length
      return
    }
    this.#keepsLf = false
    const frame = Buffer.concat([...this.#lines, line])
    if (this.#id !== undefined) this.#options.onId?.(this.#id)
    this.#id = undefined
    if (this.#lines.length > 0) this.#options.onFrame(frame)
    this.#lines = []
    this.#frameBytes = 0
  }

  #learnId(line: Buffer): void {
    const id = idOf(line)
    if (id === undefined || (id.includes('\0') && this.#options.keepsNulIds !== true)) return
    this.#id = id
    if (this.#options.idsAtOnce === true) this.#options.onId?.(id)
  }

  #learnRetry(line: Buffer): void {
    const { onRetry, guessesRetry = false } = this.#options
    const ms = guessesRetry ? guessedRetry(line) : retryOf(line)
    if (ms !== undefined) onRetry?.(ms)
  }
}

/** Undefined: not a `retry` field, or one to ignore [sse §9.2.6]. */
function retryOf(line: Buffer): number | undefined {
  const [, digits] = /^retry: ?(\d{1,15})[\r\n]$/.exec(line.toString('latin1', 0, 64)) ?? []
  return digits === undefined ? undefined : Number(digits)
}

function idOf(line: Buffer): string | undefined {
  const [, colon, value = ''] = /^id(?:(: ?)([^]*?))?[\r\n]$/.exec(line.toString('latin1')) ?? []
  const isId = colon !== undefined || /^id[\r\n]$/.test(line.toString('latin1'))
  return isId ? value : undefined
}

function guessedRetry(line: Buffer): number | undefined {
  const [name, value] = line.toString('latin1').split(':')
  return name === 'retry' ? Number(value) : undefined
}

function isForwarded(
  line: Buffer,
  { forwardsIds = false, forwardsAnyRetry = false }: FrameSplitterOptions,
): boolean {
  if (line[0] === COLON) return false
  const colon = line.indexOf(COLON)
  const name = line.toString('latin1', 0, colon < 0 ? line.length - 1 : colon)
  if (name === 'retry') return forwardsAnyRetry || isHarmlessRetry(retryOf(line))
  return name !== 'id' || forwardsIds
}

/** Clients neither retry without a wait nor stay away. */
function isHarmlessRetry(ms: number | undefined): boolean {
  return ms === undefined || (ms >= LEAST_RETRY_MS && ms <= LONGEST_RETRY_MS)
}
