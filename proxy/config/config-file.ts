import { ProxyError } from '../errors.ts'
import { readBoundedFile, UnreadableFile } from './bounded-file.ts'

const MAX_BYTES = 131_072

/**
 * Reads a configuration file or a pipe. Throws `bad-config` for a folder, a large file or another
 * encoding than UTF-8.
 */
export function readConfigFile(path: string): string {
  const bytes = readBytes(path)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw badFile(`${path} is not UTF-8: save it in that encoding`, error)
  }
}

function readBytes(path: string): Buffer {
  try {
    return readBoundedFile(path, MAX_BYTES)
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error
    throw badFile(`cannot read the configuration: ${error.message}`, error)
  }
}

function badFile(message: string, cause?: unknown): ProxyError {
  return new ProxyError('bad-config', message, { cause })
}
