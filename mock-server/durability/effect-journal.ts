import { unlinkSync } from 'node:fs'

import type { FaultListener } from '../errors.ts'
import { AppendFile } from './append-file.ts'
import type { DataFiles } from './data-files.ts'
import { writeError } from './disk-error.ts'
import type { FsyncMode } from './disk-sync.ts'
import { DiskSync } from './disk-sync.ts'
import { fileHead } from './file-head.ts'
import { encodeLine } from './line.ts'

export interface EffectJournalOptions {
  readonly files: DataFiles
  readonly fsync: FsyncMode
  readonly onFault: FaultListener
}

/** The position of an open journal. */
interface Place {
  /** Number of the file. */
  readonly number: number
  /** Number of the last effect. */
  readonly last: number
  /** Bytes of the file that are whole. */
  readonly size: number
}

/** The numbered effects of one space, in a row of files. */
export class EffectJournal {
  readonly #options: EffectJournalOptions
  readonly #sync: DiskSync
  #file: AppendFile
  #number: number
  #last: number
  #failure: Error | undefined

  /** Goes on where an earlier run stopped. With `size` 0 the file is new. Throws as `append`. */
  constructor(options: EffectJournalOptions, { number, last, size }: Place) {
    this.#options = options
    this.#number = number
    this.#last = last
    this.#file = size === 0 ? this.#create(number) : this.#reopen(number, size)
    this.#sync = new DiskSync(options.fsync, this.#file, (error) => this.fail(error))
  }

  /** Number of the file that is open. */
  get number(): number {
    return this.#number
  }

  /** Number of the last effect. */
  get last(): number {
    return this.#last
  }

  /** Bytes of the file that is open. */
  get size(): number {
    return this.#file.size
  }

  /** Throws `full` or `cannot-write`; the file is as before then. */
  append(effect: unknown): void {
    const { path } = this.#file
    if (this.#failure !== undefined) throw writeError(path, this.#failure)
    try {
      this.#file.append(encodeLine(this.#last + 1, effect))
    } catch (error) {
      throw writeError(path, error)
    }
    this.#last += 1
    this.#sync.written()
  }

  /** Goes on in the next file, with everything so far on the disk. Throws as `append`. */
  startNextFile(): void {
    try {
      this.#sync.flush()
    } catch (error) {
      this.fail(error instanceof Error ? error : new Error(String(error)))
      throw writeError(this.#file.path, error)
    }
    const next = this.#create(this.#number + 1)
    this.#sync.moveTo(next)
    this.#file.close()
    this.#file = next
    this.#number += 1
  }

  whenSafe(run: () => void, fail: (error: Error) => void): void {
    this.#sync.whenSafe(run, fail)
  }

  /** Refuses everything from now on: the content of the disk is unknown. */
  fail(error: Error): void {
    this.#failure ??= error
    this.#options.onFault(writeError(this.#file.path, error))
  }

  /** Refuses everything from now on. */
  close(): void {
    this.#sync.flush()
    this.#file.close()
    this.#failure ??= new Error('the store is closed')
  }

  #create(number: number): AppendFile {
    const { files } = this.#options
    const file = { kind: 'journal', number } as const
    const path = files.path(file)
    try {
      const created = new AppendFile(path)
      try {
        created.append(encodeLine(this.#last, fileHead(file, this.#last)))
        files.syncFolder()
        return created
      } catch (error) {
        created.close()
        unlinkSync(path)
        throw error
      }
    } catch (error) {
      throw writeError(path, error)
    }
  }

  #reopen(number: number, size: number): AppendFile {
    const path = this.#options.files.path({ kind: 'journal', number })
    try {
      return new AppendFile(path, size)
    } catch (error) {
      throw writeError(path, error)
    }
  }
}
