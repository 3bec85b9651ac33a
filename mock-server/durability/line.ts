import { readSync } from 'node:fs'
import { crc32 } from 'node:zlib'

const LINE_FEED = 0x0a
const CHUNK_BYTES = 1_048_576

/** One line of a file: a checksum, a number, and JSON. */
export interface Line {
  /** Where the line begins, in bytes from the start of the file. */
  readonly offset: number
  /** Where the next one begins. */
  readonly end: number
  /** Undefined when the line is not whole, or its checksum is wrong. */
  readonly content: { readonly number: number; readonly value: unknown } | undefined
}

/** `CRC32 NUMBER JSON`, with a line feed at the end. The checksum is over all that follows it. */
export function encodeLine(number: number, value: unknown): Buffer {
  const text = `${number} ${JSON.stringify(value)}`
  return Buffer.from(`${crc32(text).toString(16).padStart(8, '0')} ${text}\n`)
}

/** The lines of an open file. A last line without a line feed is not whole. */
export function* readLines(fd: number): Generator<Line> {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
  /** The start of a line that is longer than what was read. */
  let parts: Buffer[] = []
  let offset = 0
  for (;;) {
    const read = readSync(fd, chunk, 0, chunk.length, null)
    if (read === 0) break
    let start = 0
    let end = chunk.subarray(0, read).indexOf(LINE_FEED)
    for (; end !== -1; end = chunk.subarray(0, read).indexOf(LINE_FEED, start)) {
      const bytes = Buffer.concat([...parts, chunk.subarray(start, end)])
      parts = []
      yield { offset, end: offset + bytes.length + 1, content: decodeLine(bytes) }
      offset += bytes.length + 1
      start = end + 1
    }
    if (start < read) parts.push(Buffer.from(chunk.subarray(start, read)))
  }
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  if (length > 0) yield { offset, end: offset + length, content: undefined }
}

function decodeLine(bytes: Buffer): Line['content'] {
  const space = bytes.indexOf(' ', 9)
  if (space === -1 || bytes[8] !== 0x20) return undefined
  if (Number.parseInt(bytes.toString('latin1', 0, 8), 16) !== crc32(bytes.subarray(9)))
    return undefined
  const number = Number(bytes.toString('latin1', 9, space))
  try {
    return { number, value: JSON.parse(bytes.toString('utf8', space + 1)) }
  } catch {
    return undefined
  }
}
