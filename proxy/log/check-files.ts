import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

import type { AppenderSettings } from '../config/appender-schema.ts'
import { ProxyError } from '../errors.ts'

/** Throws `cannot-write` for the first log file that could not be opened. Changes nothing. */
export function checkFiles(list: readonly AppenderSettings[]): void {
  for (const settings of list) {
    if (settings.type !== 'file') continue
    const { currentLogFilename: path } = settings
    try {
      checkFile(resolve(path))
    } catch (error) {
      throw cannotWrite(path, error)
    }
  }
}

/** The error for a log file that cannot be opened. */
export function cannotWrite(path: string, error: unknown): ProxyError {
  const reason = error instanceof Error ? error.message : String(error)
  const advice = 'change currentLogFilename, or the rights of its folder'
  const message = `cannot write the log file ${path}: ${reason}; ${advice}`
  return new ProxyError('cannot-write', message, { cause: error })
}

function checkFile(path: string): void {
  if (existsSync(path)) {
    if (statSync(path).isDirectory()) throw new Error('it is a folder')
    accessSync(path, constants.W_OK)
    return
  }
  let folder = dirname(path)
  while (!existsSync(folder)) folder = dirname(folder)
  if (!statSync(folder).isDirectory()) throw new Error(`${folder} is not a folder`)
  accessSync(folder, constants.W_OK | constants.X_OK)
}
