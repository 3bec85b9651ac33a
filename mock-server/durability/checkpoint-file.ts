import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'

import type { DataFiles } from './data-files.ts'
import { fileHead } from './file-head.ts'
import { encodeLine } from './line.ts'

const WRITE_BYTES = 262_144

/** A checkpoint that is being written, under a temporary name until it is whole. */
export class CheckpointFile {
  readonly fd: number
  readonly #path: string
  #buffers: Buffer[] = []
  #bufferedBytes = 0
  #size = 0
  #lines = 0

  /** `after` is the number of the last effect in the state. */
  constructor(files: DataFiles, number: number, after: number) {
    const file = { kind: 'checkpoint', number } as const
    this.#path = files.path(file)
    this.fd = openSync(`${this.#path}.new`, 'w', 0o600)
    this.#add(encodeLine(0, fileHead(file, after)))
  }

  /** Adds a line. Some are written at a time. */
  add(value: unknown): void {
    this.#lines += 1
    this.#add(encodeLine(this.#lines, value))
    if (this.#bufferedBytes >= WRITE_BYTES) this.#flush()
  }

  /** Writes the last line. Returns the size of the file. */
  end(): number {
    this.add({ end: this.#lines })
    this.#flush()
    return this.#size
  }

  /** Gives the file its name. Everything in it must be on the disk. */
  publish(): void {
    renameSync(`${this.#path}.new`, this.#path)
    closeSync(this.fd)
  }

  /** Removes a file that was not published. */
  discard(): void {
    closeSync(this.fd)
    rmSync(`${this.#path}.new`, { force: true })
  }

  #add(bytes: Buffer): void {
    this.#buffers.push(bytes)
    this.#bufferedBytes += bytes.length
  }

  #flush(): void {
    const bytes = Buffer.concat(this.#buffers)
    for (let written = 0; written < bytes.length;)
      written += writeSync(this.fd, bytes, written, bytes.length - written)
    this.#size += bytes.length
    this.#buffers = []
    this.#bufferedBytes = 0
  }
}
