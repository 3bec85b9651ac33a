import { readdirSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'

import { makeFolder } from './make-folder.ts'
import { syncFolder } from './sync-folder.ts'

/** A checkpoint is the whole state; the journal of the same number holds the effects after it. */
export interface DataFile {
  readonly kind: 'checkpoint' | 'journal'
  readonly number: number
}

/** The numbered files of one folder. */
export class DataFiles {
  readonly folder: string

  /** Creates a missing folder. */
  constructor(folder: string) {
    this.folder = folder
    makeFolder(folder, 0o700)
  }

  path({ kind, number }: DataFile): string {
    return join(this.folder, `${kind}-${number}.log`)
  }

  /** In increasing order. */
  numbers(kind: DataFile['kind']): readonly number[] {
    const name = new RegExp(`^${kind}-([1-9]\\d{0,14})\\.log$`)
    const found = readdirSync(this.folder).map((file) => Number(name.exec(file)?.[1]))
    return found.filter((number) => !Number.isNaN(number)).toSorted((a, b) => a - b)
  }

  /** Removes what the checkpoint `number` replaces. */
  removeBefore(number: number): void {
    for (const kind of ['checkpoint', 'journal'] as const) {
      const replaced = this.numbers(kind).filter((old) => old < number)
      for (const old of replaced) unlinkSync(this.path({ kind, number: old }))
    }
  }

  /** Removes what a process was writing when it was killed. */
  removeUnfinished(): void {
    const unfinished = readdirSync(this.folder).filter((file) => file.endsWith('.new'))
    for (const file of unfinished) unlinkSync(join(this.folder, file))
  }

  /** Makes new and renamed files survive a power failure. */
  syncFolder(): void {
    syncFolder(this.folder)
  }
}
