import { closeSync, openSync } from 'node:fs'

import { MockServerError } from '../errors.ts'
import type { DataFile, DataFiles } from './data-files.ts'
import { assertHead } from './file-head.ts'
import type { Line } from './line.ts'
import { readLines } from './line.ts'

export interface ReadResult {
  /** Bytes of the file that are whole. */
  readonly size: number
  /** Bytes after them: a write that never finished, and so was never acknowledged. */
  readonly torn: number
  /** Number of the last line. */
  readonly last: number
}

/**
 * Reads a file; `use` gets its head first. The number of the first line is `first`. What follows the last whole line is
 * torn off where `mayBeTorn`. Throws `bad-data`, with the offset, for damage before the end.
 */
export function readDataFile(
  files: DataFiles,
  file: DataFile,
  { first, mayBeTorn }: { readonly first: number; readonly mayBeTorn: boolean },
  use: (value: unknown) => void,
): ReadResult {
  const path = files.path(file)
  const fd = openSync(path, 'r')
  try {
    const lines = readLines(fd)
    let last = first - 1
    let size = 0
    for (const line of lines) {
      const { content } = line
      if (content === undefined) {
        const end = mayBeTorn ? endOfTorn(lines, line) : undefined
        if (end === undefined) throw damaged(path, line.offset)
        return { size, torn: end - size, last }
      }
      if (size === 0) assertHead(path, content.value, file)
      if (content.number !== last + 1) throw damaged(path, line.offset, last + 1, content.number)
      use(content.value)
      last = content.number
      size = line.end
    }
    return { size, torn: 0, last }
  } finally {
    closeSync(fd)
  }
}

/** The end of the file, if no whole line follows. */
function endOfTorn(lines: Iterable<Line>, torn: Line): number | undefined {
  let { end } = torn
  for (const line of lines) {
    if (line.content !== undefined) return undefined
    end = line.end
  }
  return end
}

function damaged(path: string, offset: number, wanted?: number, found?: number): MockServerError {
  const what =
    wanted === undefined
      ? 'the line there does not fit its checksum'
      : `line ${wanted} is missing, and line ${found} follows`
  return new MockServerError(
    'bad-data',
    `dataDir: ${path} is damaged at byte ${offset}: ${what}; bring the folder back from a copy, or choose another one. To continue without what was written after it, cut the file: truncate -s ${offset} ${path}`,
  )
}
