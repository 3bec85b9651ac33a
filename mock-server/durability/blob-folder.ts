import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { writeError } from './disk-error.ts'

/** Uploaded files: each is written once, under a name that is never given again. */
export class BlobFolder {
  readonly #folder: string
  readonly #isFlushed: boolean

  /** Creates the folder. `isFlushed`: a file is on the disk once it is put. Throws `cannot-write`. */
  constructor(folder: string, isFlushed: boolean) {
    this.#folder = folder
    this.#isFlushed = isFlushed
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
    } catch (error) {
      throw writeError(folder, error)
    }
  }

  /** Writes a file that is not there yet. Throws `full` or `cannot-write`. */
  put(name: string, bytes: Uint8Array): void {
    const path = join(this.#folder, name)
    if (existsSync(path)) return
    try {
      writeFileSync(`${path}.new`, bytes, { mode: 0o600, flush: this.#isFlushed })
      renameSync(`${path}.new`, path)
    } catch (error) {
      rmSync(`${path}.new`, { force: true })
      throw writeError(path, error)
    }
  }

  get(name: string): Uint8Array {
    return readFileSync(join(this.#folder, name))
  }

  /** Removes files that nothing uses any more. */
  keepOnly(names: ReadonlySet<string>): void {
    for (const name of readdirSync(this.#folder))
      if (!names.has(name)) rmSync(join(this.#folder, name), { force: true })
  }
}
