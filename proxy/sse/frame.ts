const LF = 0x0a
const CR = 0x0d
const COLON = 0x3a
const SPACE = 0x20
const LETTER_D = 0x64
const LETTER_I = 0x69
const LETTER_R = 0x72

/** What the proxy does with a frame's lines before it goes to clients. */
export interface FrameFilter {
  /**
   * Longest id in bytes that clients get; undefined = none at all, because the proxy gives ids of
   * its own.
   */
  readonly maxIdBytes: number | undefined
}

/** A frame of a back end and what its lines say. It is read once, when it comes. */
export interface Frame {
  /** As the back end sent it. */
  readonly bytes: Buffer
  /** The id that it sets, in UTF-8: the last one without a NUL, which may be empty [sse §9.2.6]. */
  readonly id: string | undefined
  /** The reconnection time that it sets: the last one of ASCII digits only [sse §9.2.6]. */
  readonly retryMs: number | undefined
  /** What clients get of it; undefined when no field is left. */
  readonly outgoing: OutgoingFrame | undefined
}

/** A frame as clients get it, without the id line that the log may put before it. */
export interface OutgoingFrame {
  readonly bytes: Buffer
  /** The id in these bytes. */
  readonly id: string | undefined
  /**
   * The URL that it announces: an unnamed event whose data is one bare URL. Undefined for all
   * others.
   */
  readonly url: string | undefined
}

/**
 * Reads a frame in one pass over its lines. Clients get it without comment lines [protocol §5.4],
 * without `retry` lines, which are addressed to the proxy [protocol §4.4], and without the `id`
 * lines that the filter drops [protocol §5.7]; every other byte as it came. Bytes are copied only
 * when a line is dropped from the middle.
 */
export function readFrame(bytes: Buffer, { maxIdBytes }: FrameFilter): Frame {
  const kept: Buffer[] = []
  let runStart = 0
  let hasField = false
  let id: string | undefined
  let outgoingId: string | undefined
  let retryMs: number | undefined
  let otherFields = 0
  let otherLine: Line | undefined
  for (const line of linesOf(bytes)) {
    if (line.end === line.start) continue
    const kind = kindOf(bytes, line)
    let isKept = kind === 'id' || kind === 'other'
    if (kind === 'retry') {
      const value = valueOf(bytes, line, RETRY)
      if (DIGITS.test(value)) retryMs = Number(value)
    } else if (kind === 'id') {
      const value = valueOf(bytes, line, ID)
      const idBytes = line.end - valueStart(bytes, line, ID)
      isKept = maxIdBytes !== undefined && idBytes <= maxIdBytes
      if (!value.includes('\0')) {
        id = value
        if (isKept) outgoingId = value
      }
    } else if (kind === 'other') {
      otherFields += 1
      otherLine = line
    }
    if (isKept) {
      hasField = true
    } else {
      if (line.start > runStart) kept.push(bytes.subarray(runStart, line.start))
      runStart = line.next
    }
  }
  if (!hasField) return { bytes, id, retryMs, outgoing: undefined }
  const outgoingBytes = runStart === 0 ? bytes : join(kept, bytes, runStart)
  const url = otherFields === 1 ? urlOf(bytes, otherLine, outgoingBytes.length) : undefined
  return { bytes, id, retryMs, outgoing: { bytes: outgoingBytes, id: outgoingId, url } }
}

/** Whether bytes that are one line, its line end included, are a `retry` field. */
export function isRetryLine(bytes: Buffer): boolean {
  if (bytes[0] !== LETTER_R) return false
  const [line] = linesOf(bytes)
  return line !== undefined && kindOf(bytes, line) === 'retry'
}

const LINE_FEED = Buffer.from('\n')
const ID = Buffer.from('id')
const RETRY = Buffer.from('retry')
const DIGITS = /^[0-9]+$/
const DATA_URL = /^data: ?(https?:\/\/[!-~]+)$/
/** A longer frame announces no URL. */
const LONGEST_ANNOUNCEMENT_BYTES = 4096

interface Line {
  readonly start: number
  /** Position of the line end. */
  readonly end: number
  /** Position after the line end. */
  readonly next: number
}

function* linesOf(frame: Buffer): Generator<Line> {
  let start = 0
  let nextLf = frame.indexOf(LF)
  let nextCr = frame.indexOf(CR)
  while (nextLf !== -1 || nextCr !== -1) {
    const isCr = nextCr !== -1 && (nextLf === -1 || nextCr < nextLf)
    const end = isCr ? nextCr : nextLf
    const next = end + (isCr && nextLf === end + 1 ? 2 : 1)
    yield { start, end, next }
    start = next
    if (nextLf !== -1 && nextLf < next) nextLf = frame.indexOf(LF, next)
    if (isCr) nextCr = frame.indexOf(CR, next)
  }
}

function kindOf(frame: Buffer, line: Line): 'comment' | 'id' | 'retry' | 'other' {
  const first = frame[line.start]
  if (first === COLON) return 'comment'
  if (first === LETTER_I && isField(frame, line, ID)) return 'id'
  return first === LETTER_R && isField(frame, line, RETRY) ? 'retry' : 'other'
}

/**
 * [sse §9.2.6] A field's name is everything before the first colon, or the whole line; letter case
 * matters.
 */
function isField(frame: Buffer, line: Line, name: Buffer): boolean {
  const nameEnd = line.start + name.length
  if (nameEnd > line.end || (nameEnd < line.end && frame[nameEnd] !== COLON)) return false
  return frame.compare(name, 0, name.length, line.start, nameEnd) === 0
}

function valueStart(frame: Buffer, line: Line, name: Buffer): number {
  const start = line.start + name.length + 1
  // [sse §9.2.6] One space after the colon is not part of the value.
  return frame[start] === SPACE && start < line.end ? start + 1 : start
}

function valueOf(frame: Buffer, line: Line, name: Buffer): string {
  const start = valueStart(frame, line, name)
  return start >= line.end ? '' : frame.toString('utf8', start, line.end)
}

/** The kept pieces and the rest of the frame. */
function join(kept: readonly Buffer[], frame: Buffer, restStart: number): Buffer {
  // Where a CR now meets the LF of the blank line the two would become one line end.
  const merges = kept.at(-1)?.at(-1) === CR && frame[restStart] === LF
  return Buffer.concat([...kept, ...(merges ? [LINE_FEED] : []), frame.subarray(restStart)])
}

/** The URL of the frame's only line with meaning. */
function urlOf(frame: Buffer, line: Line | undefined, frameBytes: number): string | undefined {
  if (line === undefined || frame[line.start] !== LETTER_D) return undefined
  if (frameBytes > LONGEST_ANNOUNCEMENT_BYTES) return undefined
  return DATA_URL.exec(frame.toString('latin1', line.start, line.end))?.[1]
}
