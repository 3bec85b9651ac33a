import { ProxyError } from '../errors.ts'
import { isRetryLine } from './frame.ts'

const LF = 0x0a
const CR = 0x0d
const COLON = 0x3a
const LETTER_R = 0x72
const BOM = Buffer.from([0xef, 0xbb, 0xbf])
const EMPTY = Buffer.alloc(0)
/** A buffer larger than this is released after its frame. */
const KEPT_CAPACITY_BYTES = 65_536

export interface FrameSplitterLimits {
  /** Most bytes of one frame, including line ends. */
  readonly maxFrameBytes: number
}

/**
 * Splits the bytes of one event stream into frames. A frame is everything from a field line to the
 * blank line that ends the block, unchanged. Each connection has its own splitter. An incomplete
 * frame at the end of a connection is discarded [sse §9.2.6].
 *
 * Nothing is decoded. A frame is delivered as soon as its blank line is recognized. Comment lines
 * before the first field of a frame are dropped, so that heartbeat comments without a blank line
 * never fill a frame. A `retry` line before the other fields of a frame is a frame of its own: it
 * takes effect without a blank line [sse §9.2.6].
 */
export class FrameSplitter {
  readonly #maxFrameBytes: number
  /**
   * The unfinished frame from earlier chunks: the first `#pendingBytes` of a buffer that grows by
   * doubling.
   */
  #pending = EMPTY
  #pendingBytes = 0
  /** Whether the current line has bytes in earlier chunks. */
  #inLine = false
  /** Whether the current line is the first one of its frame. */
  #isFirstLine = true
  /** Whether the current line is a comment that is being dropped. */
  #inDroppedComment = false
  /** Whether the last byte was a CR: an LF that comes next belongs to it. */
  #afterCr = false
  /** How many bytes of a leading BOM were seen; BOM.length once the stream has started. */
  #bomBytes = 0
  #comments = 0

  constructor(limits: FrameSplitterLimits) {
    this.#maxFrameBytes = limits.maxFrameBytes
  }

  /** Comments between frames so far. */
  get comments(): number {
    return this.#comments
  }

  /** Bytes of the incomplete frame. */
  get pendingBytes(): number {
    return this.#pendingBytes
  }

  /**
   * Calls back for each frame that this chunk completes, oldest first. Frames may share the chunk's
   * memory: copy what outlives the call. Throws `frame-too-large`; the splitter must not be used
   * after that.
   */
  push(chunk: Buffer, onFrame: (frame: Buffer) => void): void {
    const bytes = this.#bomBytes < BOM.length ? this.#withoutBom(chunk) : chunk
    let frameStart = 0
    let lineStart = 0
    if (this.#afterCr && bytes.length > 0) {
      // [sse §9.2.6] A CR at the end of one read and an LF at the start of the next are one line
      // end.
      if (bytes[0] === LF) {
        lineStart = 1
        if (this.#pendingBytes === 0) frameStart = 1
      }
      this.#afterCr = false
    }
    let nextLf = bytes.indexOf(LF, lineStart)
    let nextCr = bytes.indexOf(CR, lineStart)
    while (lineStart < bytes.length) {
      const atLineStart = !this.#inLine
      if (atLineStart && bytes[lineStart] === COLON && this.#isEmptyFrame(frameStart, lineStart)) {
        this.#inDroppedComment = true
        this.#comments += 1
      }
      if (atLineStart) this.#isFirstLine = this.#isEmptyFrame(frameStart, lineStart)
      const lineEnd = nearest(nextLf, nextCr)
      if (lineEnd === -1) {
        this.#inLine = true
        break
      }
      const isCr = lineEnd === nextCr
      const isCrLf = isCr && nextLf === lineEnd + 1
      this.#afterCr = isCr && lineEnd + 1 === bytes.length
      const nextLine = lineEnd + (isCrLf ? 2 : 1)

      const isBlank = atLineStart && lineEnd === lineStart
      if (this.#inDroppedComment) {
        this.#inDroppedComment = false
        frameStart = nextLine
      } else if (isBlank) {
        // [sse §9.2.6] A blank line ends the block; a block without lines is nothing.
        if (!this.#isEmptyFrame(frameStart, lineStart)) {
          onFrame(this.#complete(bytes.subarray(frameStart, nextLine)))
        }
        frameStart = nextLine
      } else if (this.#isFirstLine && this.#isRetry(bytes.subarray(frameStart, nextLine))) {
        onFrame(this.#complete(bytes.subarray(frameStart, nextLine)))
        frameStart = nextLine
      }
      this.#inLine = false
      lineStart = nextLine
      if (nextLf !== -1 && nextLf < nextLine) nextLf = bytes.indexOf(LF, nextLine)
      if (isCr) nextCr = bytes.indexOf(CR, nextLine)
    }
    if (!this.#inDroppedComment && frameStart < bytes.length) this.#keep(bytes.subarray(frameStart))
  }

  #isEmptyFrame(frameStart: number, lineStart: number): boolean {
    return this.#pendingBytes === 0 && frameStart === lineStart
  }

  /** Whether the first line of a frame, of which this is the end, is a `retry` field. */
  #isRetry(last: Buffer): boolean {
    if (this.#pendingBytes === 0) return isRetryLine(last)
    // A long line is not copied to see its first byte.
    if (this.#pending[0] !== LETTER_R) return false
    return isRetryLine(Buffer.concat([this.#pending.subarray(0, this.#pendingBytes), last]))
  }

  #complete(last: Buffer): Buffer {
    this.#assertFits(last.length)
    if (this.#pendingBytes === 0) return last
    const frame = Buffer.concat([this.#pending.subarray(0, this.#pendingBytes), last])
    this.#pendingBytes = 0
    if (this.#pending.length > KEPT_CAPACITY_BYTES) this.#pending = EMPTY
    return frame
  }

  /** Copies the rest, so that a few bytes do not keep a whole chunk of the socket in memory. */
  #keep(rest: Buffer): void {
    this.#assertFits(rest.length)
    const neededBytes = this.#pendingBytes + rest.length
    if (neededBytes > this.#pending.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(2 * this.#pending.length, neededBytes))
      this.#pending.copy(grown, 0, 0, this.#pendingBytes)
      this.#pending = grown
    }
    rest.copy(this.#pending, this.#pendingBytes)
    this.#pendingBytes = neededBytes
  }

  #assertFits(moreBytes: number): void {
    const bytes = this.#pendingBytes + moreBytes
    if (bytes <= this.#maxFrameBytes) return
    throw new ProxyError(
      'frame-too-large',
      `a frame has ${bytes} bytes or more, the limit is ${this.#maxFrameBytes} (proxy.maxFrameBytes)`,
    )
  }

  /** [sse §9.2.6] Drops exactly one leading BOM, also when its three bytes come in pieces. */
  #withoutBom(chunk: Buffer): Buffer {
    let used = 0
    while (this.#bomBytes < BOM.length && chunk[used] === BOM[this.#bomBytes]) {
      this.#bomBytes += 1
      used += 1
    }
    if (this.#bomBytes === BOM.length || used === chunk.length) return chunk.subarray(used)
    // This is not a BOM: the bytes belong to the first line.
    const held = BOM.subarray(0, this.#bomBytes)
    this.#bomBytes = BOM.length
    return held.length === used ? chunk : Buffer.concat([held, chunk.subarray(used)])
  }
}

function nearest(lf: number, cr: number): number {
  if (lf === -1) return cr
  return cr === -1 ? lf : Math.min(lf, cr)
}
