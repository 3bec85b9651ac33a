import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** A file that cannot be used. `message` starts with what cannot be done, without its path. */
export class UnreadableFile extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'UnreadableFile'
  }
}

/**
 * Reads a file or a pipe of at most `maxBytes`. Throws `UnreadableFile` for a folder, a larger file
 * and a file that cannot be read.
 */
export function readBoundedFile(path: string, maxBytes: number): Buffer {
  const bytes = Buffer.alloc(maxBytes + 1)
  let length = 0
  let file: number | undefined
  try {
    file = openSync(path, 'r')
    if (fstatSync(file).isDirectory()) throw new Error(`${path} is a folder: expected a file`)
    for (;;) {
      const count = readSync(file, bytes, length, bytes.length - length, null)
      length += count
      if (length === bytes.length) throw new Error(`${path} is larger than ${maxBytes} bytes`)
      if (count === 0) return bytes.subarray(0, length)
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new UnreadableFile(reason, { cause: error })
  } finally {
    if (file !== undefined) closeSync(file)
  }
}
