import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

import { readError, writeError } from './disk-error.ts'
import { makeFolder } from './make-folder.ts'
import { writeWholeFile } from './write-whole-file.ts'

/** Names of bytes that were named before: a checkpoint names all files again. */
const names = new WeakMap<Uint8Array, string>()

/** The name of a file is the digest of its bytes, so no name is ever given to other bytes. */
export function blobName(bytes: Uint8Array): string {
  const known = names.get(bytes)
  if (known !== undefined) return known
  const name = `${createHash('sha256').update(bytes).digest('hex')}.bin`
  names.set(bytes, name)
  return name
}

/** Uploaded files: each is written once, under the name of its bytes. */
export class BlobFolder {
  readonly #folder: string
  readonly #isFlushed: boolean

  /** Creates the folder. `isFlushed`: a file is on the disk once it is put. Throws `cannot-write`. */
  constructor(folder: string, isFlushed: boolean) {
    this.#folder = folder
    this.#isFlushed = isFlushed
    try {
      makeFolder(folder, 0o700)
    } catch (error) {
      throw writeError(folder, error)
    }
  }

  /** Writes a file that is not there yet. Throws `full` or `cannot-write`. */
  put(name: string, bytes: Uint8Array): void {
    const path = join(this.#folder, name)
    if (!existsSync(path)) writeWholeFile(path, bytes, this.#isFlushed)
  }

  /** Throws `bad-data` for a file that is missing or damaged. */
  get(name: string): Uint8Array {
    const path = join(this.#folder, name)
    const bytes = readBytes(path)
    if (blobName(bytes) === name) return bytes
    throw readError(path, new Error('its bytes do not fit its name'))
  }

  /** Removes files that nothing uses any more. */
  keepOnly(used: ReadonlySet<string>): void {
    for (const name of readdirSync(this.#folder))
      if (!used.has(name)) rmSync(join(this.#folder, name), { force: true })
  }
}

function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path)
  } catch (error) {
    throw readError(path, error)
  }
}
