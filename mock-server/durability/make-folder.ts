import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

import { codeOf } from './disk-error.ts'

/**
 * Creates a folder and those above it. `mode`: of each new folder. Not `mkdirSync` with `recursive`: Node 20 tries
 * without end where a file system takes no new folders, for example in `/proc`.
 */
export function makeFolder(path: string, mode?: number): void {
  try {
    mkdirSync(path, { mode })
  } catch (error) {
    if (isFolder(path)) return
    const above = dirname(path)
    if (codeOf(error) !== 'ENOENT' || isFolder(above)) throw error
    makeFolder(above, mode)
    makeFolder(path, mode)
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}
