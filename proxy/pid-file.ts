import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'

import { ProxyError } from './errors.ts'

/**
 * Writes the id of this process. A reader sees the old content or the new one. Throws
 * `cannot-write`.
 */
export function writePidFile(path: string): void {
  const temporary = `${path}.${process.pid}.tmp`
  try {
    writeFileSync(temporary, `${process.pid}\n`)
    renameSync(temporary, path)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new ProxyError('cannot-write', `cannot write the pid file ${path}: ${reason}`, {
      cause: error,
    })
  }
}

/** Removes the file, unless another process has written it since. */
export function removePidFile(path: string): void {
  try {
    if (readFileSync(path, 'utf8') === `${process.pid}\n`) rmSync(path)
  } catch {
    // It is gone already.
  }
}
