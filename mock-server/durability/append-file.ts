import { closeSync, fdatasync, fdatasyncSync, ftruncateSync, openSync, writeSync } from 'node:fs'

/**
 * A file that grows. An append is whole or absent: after a failed one, the file is cut back to what
 * it held before.
 */
export class AppendFile {
  readonly path: string
  readonly #fd: number
  #size: number
  /** A failed append could not be removed yet. */
  #hasRest = false
  #openSyncs = 0
  #isClosed = false

  /** Cuts the file to `size` bytes, and appends there. Creates a missing file. */
  constructor(path: string, size = 0) {
    this.path = path
    this.#size = size
    this.#fd = openSync(path, 'a', 0o600)
    try {
      ftruncateSync(this.#fd, size)
    } catch (error) {
      closeSync(this.#fd)
      throw error
    }
  }

  get size(): number {
    return this.#size
  }

  /** Hands the bytes to the operating system, so they survive the end of this process. */
  append(bytes: Uint8Array): void {
    if (this.#hasRest) this.#removeRest()
    this.#hasRest = true
    try {
      for (let written = 0; written < bytes.length;)
        written += writeSync(this.#fd, bytes, written, bytes.length - written)
    } catch (error) {
      this.#tryToRemoveRest()
      throw error
    }
    this.#hasRest = false
    this.#size += bytes.length
  }

  /** Brings all appended bytes to the disk. */
  sync(done: (error: Error | null) => void): void {
    this.#openSyncs += 1
    fdatasync(this.#fd, (error) => {
      this.#openSyncs -= 1
      this.#closeIfUnused()
      done(error)
    })
  }

  syncNow(): void {
    fdatasyncSync(this.#fd)
  }

  /** Closes the file once no `sync` is running. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#closeIfUnused()
  }

  #closeIfUnused(): void {
    if (this.#isClosed && this.#openSyncs === 0) closeSync(this.#fd)
  }

  #removeRest(): void {
    ftruncateSync(this.#fd, this.#size)
    this.#hasRest = false
  }

  #tryToRemoveRest(): void {
    try {
      this.#removeRest()
    } catch {
      // The next append tries again, and fails while it cannot.
    }
  }
}
