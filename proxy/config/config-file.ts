import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

import { ProxyError } from '../errors.ts'

const MAX_BYTES = 131_072

/**
 * Reads a configuration file or a pipe. Throws `bad-config` for a folder, a large file or another
 * encoding than UTF-8.
 */
export function readConfigFile(path: string): string {
  const bytes = readBytes(path)
  if (bytes.length > MAX_BYTES) {
    throw badFile(`${path} is larger than ${MAX_BYTES} bytes: expected a configuration file`)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw badFile(`${path} is not UTF-8: save it in that encoding`, error)
  }
}

function readBytes(path: string): Buffer {
  const bytes = Buffer.alloc(MAX_BYTES + 1)
  let length = 0
  let file: number | undefined
  try {
    file = openSync(path, 'r')
    if (fstatSync(file).isDirectory()) throw new Error(`${path} is a folder: expected a file`)
    for (;;) {
      const count = readSync(file, bytes, length, bytes.length - length, null)
      length += count
      if (count === 0 || length === bytes.length) return bytes.subarray(0, length)
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw badFile(`cannot read the configuration: ${reason}`, error)
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

function badFile(message: string, cause?: unknown): ProxyError {
  return new ProxyError('bad-config', message, { cause })
}
