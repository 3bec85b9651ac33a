import { fsync, fsyncSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { promisify } from 'node:util'

import { MockServerError } from '../errors.ts'
import { CheckpointFile } from './checkpoint-file.ts'
import type { DataFiles } from './data-files.ts'
import type { FileHead } from './file-head.ts'
import { readDataFile } from './read-file.ts'

/** How long writing may block requests. */
const SLICE_MS = 5

/** A piece of the state of one part of a space. */
export interface StatePiece {
  readonly part: string
  readonly piece: unknown
}

/** The whole state after the effect `after`. */
export interface State {
  readonly after: number
  readonly pieces: Iterable<StatePiece>
}

/**
 * Writes a checkpoint while requests are served, and gives up once it is not wanted. Returns its
 * size; 0 when it gave up.
 */
export async function writeCheckpoint(
  files: DataFiles,
  number: number,
  { after, pieces }: State,
  isWanted: () => boolean,
): Promise<number> {
  const file = new CheckpointFile(files, number, after)
  try {
    let sinceMs = performance.now()
    for (const piece of pieces) {
      file.add(piece)
      if (performance.now() - sinceMs < SLICE_MS) continue
      await setImmediate()
      if (!isWanted()) break
      sinceMs = performance.now()
    }
    const size = isWanted() ? file.end() : 0
    if (size > 0) await promisify(fsync)(file.fd)
    if (isWanted()) {
      file.publish()
      return size
    }
  } catch (error) {
    file.discard()
    throw error
  }
  file.discard()
  return 0
}

/** Writes a checkpoint at once. Returns its size. */
export function writeCheckpointNow(
  files: DataFiles,
  number: number,
  { after, pieces }: State,
): number {
  const file = new CheckpointFile(files, number, after)
  try {
    for (const piece of pieces) file.add(piece)
    const size = file.end()
    fsyncSync(file.fd)
    file.publish()
    return size
  } catch (error) {
    file.discard()
    throw error
  }
}

/** Reads a checkpoint, piece by piece. Throws `bad-data`. */
export function readCheckpoint(
  files: DataFiles,
  number: number,
  use: (piece: StatePiece) => void,
): { readonly after: number; readonly size: number } {
  const file = { kind: 'checkpoint', number } as const
  let after = 0
  let isWhole = false
  const { size } = readDataFile(files, file, { first: 0, mayBeTorn: false }, (value) => {
    // Its checksum says that a store wrote it.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    const line = value as FileHead | StatePiece | { readonly end: number }
    if ('end' in line) isWhole = true
    else if ('part' in line) use(line)
    else after = line.after
  })
  if (isWhole) return { after, size }
  throw new MockServerError(
    'bad-data',
    `dataDir: ${files.path(file)} ends at byte ${size}, before its last line; bring the folder back from a copy, or choose another one`,
  )
}
