import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

import { writeError } from './disk-error.ts'
import { syncFolder } from './sync-folder.ts'

/**
 * Writes a file that is complete or not there, also when the process is killed in between.
 * `isFlushed`: it is on the disk afterwards. Throws `full` or `cannot-write`.
 */
export function writeWholeFile(path: string, data: string | Uint8Array, isFlushed: boolean): void {
  const part = `${path}.new`
  try {
    writeFileSync(part, data, { mode: 0o600, flush: isFlushed })
    renameSync(part, path)
    if (isFlushed) syncFolder(dirname(path))
  } catch (error) {
    rmSync(part, { force: true })
    throw writeError(path, error)
  }
}
