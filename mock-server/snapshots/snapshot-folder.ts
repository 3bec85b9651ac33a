import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

import { readError, writeError } from '../durability/disk-error.ts'
import { makeFolder } from '../durability/make-folder.ts'
import { syncFolder } from '../durability/sync-folder.ts'
import { writeWholeFile } from '../durability/write-whole-file.ts'
import type { Snapshot } from './snapshot.ts'
import { readSnapshotFile, readSnapshotHead, snapshotText } from './snapshot-file.ts'
import type { ShelvedSnapshot, SnapshotShelf, SnapshotSummary } from './snapshot-shelf.ts'

/** The number says which one is older, also when the clock of the store does not. */
const FILE = /^([1-9]\d{0,14})-(.+)\.snapshot$/

/** Keeps snapshots in a folder, one file each: `1-NAME.snapshot`. */
export class SnapshotFolder implements SnapshotShelf {
  readonly #folder: string
  readonly #isFlushed: boolean
  #last = 0

  /** `isFlushed`: what is saved or deleted is so after a power failure, too. */
  constructor(folder: string, isFlushed: boolean) {
    this.#folder = folder
    this.#isFlushed = isFlushed
  }

  load(): readonly ShelvedSnapshot[] {
    const numbered = this.#files().flatMap((file) => {
      // Files that were being written when an earlier run was killed.
      if (file.endsWith('.new')) rmSync(join(this.#folder, file), { force: true })
      const [, number, name = ''] = FILE.exec(file) ?? []
      return number === undefined ? [] : [{ number: Number(number), name, file }]
    })
    const inOrder = numbered.toSorted((a, b) => a.number - b.number)
    this.#last = inOrder.at(-1)?.number ?? 0
    return inOrder.map(({ name, file }) => this.#loaded(name, join(this.#folder, file)))
  }

  put(summary: SnapshotSummary, snapshot: Snapshot): ShelvedSnapshot {
    const text = snapshotText(snapshot)
    const path = join(this.#folder, `${this.#last + 1}-${summary.name}.snapshot`)
    try {
      makeFolder(this.#folder, 0o700)
    } catch (error) {
      throw writeError(this.#folder, error)
    }
    writeWholeFile(path, text, this.#isFlushed)
    this.#last += 1
    return { summary, read: () => snapshot, remove: () => this.#remove(path) }
  }

  #files(): readonly string[] {
    try {
      return existsSync(this.#folder) ? readdirSync(this.#folder) : []
    } catch (error) {
      throw readError(this.#folder, error)
    }
  }

  #loaded(name: string, path: string): ShelvedSnapshot {
    let snapshot: Snapshot | undefined
    return {
      summary: { name, ...summaryIn(path) },
      read: () => (snapshot ??= readSnapshotFile(path)),
      remove: () => this.#remove(path),
    }
  }

  #remove(path: string): void {
    try {
      rmSync(path, { force: true })
      if (this.#isFlushed) syncFolder(this.#folder)
    } catch (error) {
      throw writeError(path, error)
    }
  }
}

function summaryIn(path: string): Omit<SnapshotSummary, 'name'> {
  try {
    const { savedAt, changeId, items, bytes } = readSnapshotHead(path)
    return { savedAt, changeId, items, bytes }
  } catch (error) {
    throw readError(path, error)
  }
}
