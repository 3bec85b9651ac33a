import type { StoreClock } from '../clock/store-clock.ts'
import { MockServerError } from '../errors.ts'
import type { JournalEntry } from './entry.ts'

export interface JournalLimits {
  /** 0 = nothing is kept. */
  readonly entries: number
  readonly bytes: number
}

/** What the journal holds, and what it no longer holds. */
export interface JournalExtent {
  /** Entries that are held. */
  readonly entries: number
  readonly bytes: number
  /** Id of the newest entry ever, 0 before the first: the cursor to continue from. */
  readonly cursor: number
  /** Entries up to this id are not held any more. */
  readonly goneUpTo: number
  /** How many were evicted since the start or the latest clear. */
  readonly evicted: number
  readonly limits: JournalLimits
}

type SetByJournal = 'id' | 'atMs' | 'passedMs'
/**
 * Without the members that the journal sets. An object that has them from the start takes less
 * memory than one that gets them later.
 */
type Unset<T> = T extends JournalEntry
  ? Omit<T, SetByJournal> & Partial<Pick<T, SetByJournal>>
  : never

/**
 * Everything that happened, oldest first, in a ring that is bounded by entries and by bytes. Ids are
 * consecutive and never used twice, so an id is a cursor, and a gap shows what was evicted.
 */
export class Journal {
  readonly #clock: Pick<StoreClock, 'nowMs' | 'passedMs'>
  readonly #limits: JournalLimits
  readonly #watchers = new Set<() => void>()
  /** The entry with id n is at n modulo the limit of entries. It grows up to that limit. */
  readonly #ring: (JournalEntry | undefined)[] = []
  #lastId = 0
  #goneUpTo = 0
  #clearedUpTo = 0
  #bytes = 0

  constructor(limits: JournalLimits, clock: Pick<StoreClock, 'nowMs' | 'passedMs'>) {
    this.#limits = limits
    this.#clock = clock
  }

  /** False when nothing is kept. Callers then record nothing. */
  get isOn(): boolean {
    return this.#limits.entries > 0
  }

  get extent(): JournalExtent {
    return {
      entries: this.#lastId - this.#goneUpTo,
      bytes: this.#bytes,
      cursor: this.#lastId,
      goneUpTo: this.#goneUpTo,
      evicted: this.#goneUpTo - this.#clearedUpTo,
      limits: this.#limits,
    }
  }

  /** Id of the newest entry when the journal was cleared; 0 before the first time. */
  get clearedUpTo(): number {
    return this.#clearedUpTo
  }

  /** The time that entries are compared by. */
  get passedMs(): number {
    return this.#clock.passedMs
  }

  /** Adds an entry, evicts the oldest ones beyond the limits, and returns the entry. */
  add<T extends JournalEntry>(unset: Unset<T>): T {
    // The three members complete the entry.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    const entry = unset as unknown as T
    if (!this.isOn) return entry
    this.#lastId += 1
    entry.id = this.#lastId
    entry.atMs = this.#clock.nowMs
    entry.passedMs = this.#clock.passedMs
    // The new one takes its slot.
    if (this.#lastId - this.#goneUpTo > this.#limits.entries) this.#evictOldest()
    this.#ring[entry.id % this.#limits.entries] = entry
    this.#bytes += entry.size
    while (this.#bytes > this.#limits.bytes) this.#evictOldest()
    if (this.#watchers.size > 0) this.#notify()
    return entry
  }

  /** Undefined for an entry that is gone, or not there yet. */
  entry(id: number): JournalEntry | undefined {
    if (id <= this.#goneUpTo || id > this.#lastId) return undefined
    return this.#ring[id % this.#limits.entries]
  }

  /** The entries after `cursor` that are held, oldest first. */
  *after(cursor: number): Generator<JournalEntry, void, undefined> {
    for (let id = Math.max(cursor, this.#goneUpTo) + 1; id <= this.#lastId; id += 1) {
      const entry = this.entry(id)
      if (entry !== undefined) yield entry
    }
  }

  /** As `after`, newest first. */
  *backTo(cursor: number): Generator<JournalEntry, void, undefined> {
    for (let id = this.#lastId; id > Math.max(cursor, this.#goneUpTo); id -= 1) {
      const entry = this.entry(id)
      if (entry !== undefined) yield entry
    }
  }

  /** Forgets all entries. Ids are not used again. */
  clear(): void {
    this.#ring.fill(undefined)
    this.#goneUpTo = this.#lastId
    this.#clearedUpTo = this.#lastId
    this.#bytes = 0
  }

  /** Throws `evicted` for a cursor above every id: it is from an earlier run of the store. */
  assertCursor(cursor: number): void {
    if (cursor <= this.#lastId) return
    throw new MockServerError(
      'evicted',
      `since: ${cursor} is above every id of the journal, so it is from an earlier run of the store; continue from ${this.#lastId}`,
    )
  }

  /** Called after each entry that is added. Returns a function that unsubscribes it. */
  onEntry(watcher: () => void): () => void {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  #notify(): void {
    for (const watcher of this.#watchers) watcher()
  }

  #evictOldest(): void {
    this.#goneUpTo += 1
    const slot = this.#goneUpTo % this.#limits.entries
    this.#bytes -= this.#ring[slot]?.size ?? 0
    this.#ring[slot] = undefined
  }
}
