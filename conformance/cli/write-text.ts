import { accessSync, constants, existsSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

import { ConformanceError } from '../errors.ts'
import { makeFolder } from './make-folder.ts'

/** Writes a file and creates its folders. */
export function writeText(path: string, text: string): void {
  makeFolder(dirname(path))
  writeFileSync(path, text)
}

/** Throws `usage` when the file cannot be written, before a run that would be for nothing. */
export function requireWritable(path: string): void {
  try {
    makeFolder(dirname(path))
    const isThere = existsSync(path)
    if (isThere && statSync(path).isDirectory()) throw new Error('it is a folder')
    accessSync(isThere ? path : dirname(path), constants.W_OK)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new ConformanceError('usage', `cannot write ${path}: ${reason}`, { cause: error })
  }
}
