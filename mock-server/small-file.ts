import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

const CHUNK_BYTES = 1_048_576

/**
 * The text of a file, in UTF-8. A pipe or a device has no size, and is read up to `maxBytes` as well.
 * Throws an `Error` for a larger one, and what the system throws for one that cannot be read.
 */
export function readSmallFile(path: string, maxBytes: number): string {
  const fd = openSync(path, 'r')
  try {
    const { size } = fstatSync(fd)
    if (size > maxBytes) throw tooLarge(maxBytes, size)
    const chunks: Buffer[] = []
    let length = 0
    for (;;) {
      const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
      const read = readSync(fd, chunk)
      if (read === 0) return Buffer.concat(chunks).toString()
      length += read
      if (length > maxBytes) throw tooLarge(maxBytes, 'more')
      chunks.push(chunk.subarray(0, read))
    }
  } finally {
    closeSync(fd)
  }
}

function tooLarge(maxBytes: number, got: number | string): Error {
  return new Error(`expected at most ${maxBytes} bytes, got ${got}`)
}
