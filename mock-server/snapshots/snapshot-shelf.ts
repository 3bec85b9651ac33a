import type { Snapshot } from './snapshot.ts'

/** What is known of a snapshot without reading it. */
export interface SnapshotSummary {
  readonly name: string
  readonly savedAt: string
  /** The newest change that it has. */
  readonly changeId: number
  readonly items: number
  /** An estimate of its memory. */
  readonly bytes: number
}

export interface ShelvedSnapshot {
  readonly summary: SnapshotSummary
  /** Throws `bad-config` for a damaged file. */
  read(): Snapshot
  /** Throws `cannot-write`. */
  remove(): void
}

/** Where saved contents are kept beside the memory of the process. */
export interface SnapshotShelf {
  /** Those of earlier runs, oldest first. Throws `bad-data`. */
  load(): readonly ShelvedSnapshot[]
  /** Keeps a snapshot from now on. Throws `full`, `cannot-write`, and `too-large`. */
  put(summary: SnapshotSummary, snapshot: Snapshot): ShelvedSnapshot
}

/** Keeps nothing: snapshots are lost when the process ends. */
export const MEMORY_SHELF: SnapshotShelf = {
  load: () => [],
  put: (summary, snapshot) => ({ summary, read: () => snapshot, remove: () => {} }),
}
