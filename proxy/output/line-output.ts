import type { Sink } from './sink.ts'

export interface LineOutputOptions {
  /** Called for the first line. */
  readonly open: () => Sink
  /** Memory for lines that wait for a reader or for disk space, in bytes. */
  readonly maxBytes: number
  /** The line that reports the number of dropped lines. */
  readonly notice: (droppedLines: number) => string
}

/** Wait before a retry on a full pipe, and after any other failure, such as a full disk. */
const FULL_RETRY_MS = 20
const FAILED_RETRY_MS = 1000
/** Memory of a waiting line besides its bytes. */
const LINE_OVERHEAD = 100
const MAX_BUFFERS = 256

/**
 * Writes lines for a reader that may be slow, stopped or gone, or to a disk that may be full. Never
 * blocks and never throws. Lines wait in bounded memory. If it is full, the oldest are dropped, and
 * their number is written once there is space again.
 */
export class LineOutput {
  readonly #options: LineOutputOptions
  readonly #lines: Buffer[] = []
  #sink: Sink | undefined
  #bytes = 0
  /** Number of first lines that are partly written or being written. They cannot be dropped. */
  #begun = 0
  #isWriting = false
  #dropped = 0
  /** The waiting notice and its number of dropped lines. */
  #notice: { readonly line: Buffer; readonly dropped: number } | undefined
  #retry: NodeJS.Timeout | undefined

  constructor(options: LineOutputOptions) {
    this.#options = options
  }

  /** Writes one or more complete lines with their line ends. */
  write(line: string): void {
    const bytes = Buffer.from(line)
    this.#lines.push(bytes)
    this.#bytes += costOf(bytes)
    while (this.#bytes > this.#options.maxBytes && this.#lines.length > this.#begun) this.#drop()
    if (this.#retry === undefined) this.#pump()
  }

  /** Resolves when all lines are written, or after this time. */
  async flush(withinMs: number): Promise<void> {
    const deadlineMs = performance.now() + withinMs
    while (this.#lines.length > 0 && performance.now() < deadlineMs) {
      this.#pump()
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }

  /** Writes as much as possible at the end of the process. */
  flushNow(): void {
    clearTimeout(this.#retry)
    // Another thread finishes the write that has started.
    if (this.#isWriting) this.#consume(this.#lines.slice(0, this.#begun).reduce(sumBytes, 0))
    try {
      while (this.#lines.length > 0) this.#consume(this.#openSink().writeNow(this.#nextLines()))
    } catch {
      // Without a reader or space there is no place to report it.
    }
  }

  #pump(): void {
    clearTimeout(this.#retry)
    this.#retry = undefined
    while (!this.#isWriting && this.#retry === undefined && this.#lines.length > 0) {
      const batch = this.#nextLines()
      const wasBegun = this.#begun
      this.#begun = batch.length
      this.#isWriting = true
      let isLater = false
      const done = (error: Error | null, writtenBytes: number): void => {
        this.#isWriting = false
        this.#begun = wasBegun
        this.#consume(writtenBytes)
        if (error !== null && !isFull(error)) this.#retryAfter(FAILED_RETRY_MS)
        else if (writtenBytes === 0) this.#retryAfter(FULL_RETRY_MS)
        if (isLater && this.#retry === undefined) this.#pump()
      }
      try {
        this.#openSink().write(batch, done)
      } catch {
        done(new Error('the descriptor is closed'), 0)
      }
      isLater = true
    }
  }

  #openSink(): Sink {
    this.#sink ??= this.#options.open()
    return this.#sink
  }

  #nextLines(): readonly Buffer[] {
    if (this.#dropped > 0) {
      const line = Buffer.from(this.#options.notice(this.#dropped))
      this.#notice = { line, dropped: this.#dropped }
      this.#dropped = 0
      // After a line that is partly written.
      this.#lines.splice(this.#begun, 0, line)
      this.#bytes += costOf(line)
    }
    // Lines that are being written cannot be dropped: a batch uses only a part of the memory.
    const maxBatchBytes = this.#options.maxBytes / 4
    let bytes = 0
    const end = this.#lines.findIndex((next) => (bytes += costOf(next)) > maxBatchBytes)
    return this.#lines.slice(0, end === -1 ? MAX_BUFFERS : Math.min(Math.max(end, 1), MAX_BUFFERS))
  }

  #consume(writtenBytes: number): void {
    let left = writtenBytes
    let whole = 0
    for (const line of this.#lines) {
      if (line.length > left) break
      left -= line.length
      this.#bytes -= costOf(line)
      if (line === this.#notice?.line) this.#notice = undefined
      whole += 1
    }
    this.#lines.splice(0, whole)
    if (whole > 0) this.#begun = 0
    const first = this.#lines[0]
    if (left === 0 || first === undefined) return
    this.#lines[0] = first.subarray(left)
    this.#bytes -= left
    this.#begun = 1
  }

  #drop(): void {
    const [line] = this.#lines.splice(this.#begun, 1)
    if (line === undefined) return
    this.#bytes -= costOf(line)
    this.#dropped += line === this.#notice?.line ? this.#notice.dropped : 1
  }

  #retryAfter(ms: number): void {
    this.#retry = setTimeout(() => this.#pump(), ms)
    // A reader that has stopped does not keep the process alive.
    this.#retry.unref()
  }
}

function isFull(error: Error): boolean {
  return 'code' in error && error.code === 'EAGAIN'
}

function costOf(line: Buffer): number {
  return line.length + LINE_OVERHEAD
}

function sumBytes(sum: number, line: Buffer): number {
  return sum + line.length
}
