const LF = 0x0a
const CR = 0x0d
const COLON = 0x3a
const SPACE = 0x20
const LETTER_I = 0x69
const LETTER_R = 0x72

/** What the proxy does with a frame's lines before it goes to clients. */
export interface FrameFilter {
  /** Longest id in bytes that clients get; undefined = none at all, because the proxy gives ids of its own. */
  readonly maxIdBytes: number | undefined
}

/**
 * The frame without comment lines [protocol §5.4], without `retry` lines, which are addressed to the proxy [protocol
 * §4.4], and without the `id` lines that clients do not get [protocol §5.7]; every other byte as it came. Undefined when no field is left: such a block means nothing to a client. A frame with
 * nothing to take out is returned as it is, not copied.
 */
export function filterFrame(frame: Buffer, filter: FrameFilter): Buffer | undefined {
  const kept: Buffer[] = []
  let hasField = false
  let runStart = 0
  for (const line of linesOf(frame)) {
    if (line.end === line.start) continue
    if (isDropped(frame, line, filter)) {
      if (line.start > runStart) kept.push(frame.subarray(runStart, line.start))
      runStart = line.next
    } else {
      hasField = true
    }
  }
  if (!hasField) return undefined
  if (runStart === 0) return frame
  // Where a CR now meets the LF of the blank line the two would become one line end.
  const merges = kept.at(-1)?.at(-1) === CR && frame[runStart] === LF
  return Buffer.concat([...kept, ...(merges ? [LINE_FEED] : []), frame.subarray(runStart)])
}

/** The reconnection time that the frame sets, in milliseconds; the last one of ASCII digits only counts [sse §9.2.6]. */
export function retryMsOf(frame: Buffer): number | undefined {
  return valuesOf(frame, RETRY)
    .filter((value) => /^[0-9]+$/.test(value))
    .map(Number)
    .at(-1)
}

/** The id that the frame sets, in UTF-8; the last one without a NUL counts, an empty one is an id too [sse §9.2.6]. */
export function idOf(frame: Buffer): string | undefined {
  return valuesOf(frame, ID).findLast((value) => !value.includes('\0'))
}

const LINE_FEED = Buffer.from('\n')
const ID = Buffer.from('id')
const RETRY = Buffer.from('retry')

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

function isDropped(frame: Buffer, line: Line, { maxIdBytes }: FrameFilter): boolean {
  const first = frame[line.start]
  if (first === COLON) return true
  if (first === LETTER_R) return isField(frame, line, RETRY)
  if (first !== LETTER_I || !isField(frame, line, ID)) return false
  return maxIdBytes === undefined || line.end - valueStart(frame, line, ID) > maxIdBytes
}

/** [sse §9.2.6] A field's name is everything before the first colon, or the whole line; letter case matters. */
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

function valuesOf(frame: Buffer, name: Buffer): readonly string[] {
  // Most frames have no such field: they cost one search.
  if (!frame.includes(name)) return []
  const values: string[] = []
  for (const line of linesOf(frame)) {
    if (isField(frame, line, name)) values.push(valueOf(frame, line, name))
  }
  return values
}
