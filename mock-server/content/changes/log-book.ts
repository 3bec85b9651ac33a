import { MockServerError } from '../../errors.ts'
import type { Change } from './change.ts'
import { ChangeJournal } from './change-journal.ts'
import type { ChangeLogRow } from './change-log.ts'
import { ChangeLog } from './change-log.ts'
import type { LogRef } from './log-ref.ts'

/**
 * Gaps between change ids, in turn: ids are sparse, so that no client can rely on `id + 1`.
 * [protocol §1.3]
 */
const CHANGE_ID_GAPS = [3, 1, 7, 2, 5] as const

/** What a book counts. */
export interface LogBookNumbers {
  readonly changeId: number
  readonly commits: number
  readonly resetId: number
  readonly evictedUpTo: number
}

/** A book as it was at one moment. */
export interface LogBookCut {
  readonly numbers: LogBookNumbers
  /** The rows of each log, oldest first. */
  readonly rows: readonly (readonly [log: string, rows: readonly ChangeLogRow[]])[]
  /** The latest changes, oldest first. */
  readonly changes: readonly Change[]
}

/**
 * All change logs, and the one number that orders them. A change is committed whole (what changed,
 * rows, journal) before any listener is called. [protocol §3.3]
 */
export class LogBook {
  readonly #listeners = new Set<(change: Change) => void>()
  #logs = new Map<string, ChangeLog>()
  #journal = new ChangeJournal()
  #changeId: number
  #commits = 0
  #announcedId: number
  /** Change ids up to this one are from before the latest reset. */
  #resetId = -1

  /** `changeId` is below every id that this book gives. */
  constructor(changeId = 0) {
    this.#changeId = changeId
    this.#announcedId = changeId
  }

  /** Id of the newest change. */
  get changeId(): number {
    return this.#changeId
  }

  /** Id of the newest change that listeners know: `since` begins there. */
  get announcedId(): number {
    return this.#announcedId
  }

  /**
   * Removes every row. Listeners stay subscribed. Change ids continue to increase, so no id is used
   * for two changes. The reset takes an id itself, so every cursor is from before or from after the
   * reset.
   */
  reset(): void {
    this.#logs = new Map()
    this.#journal = new ChangeJournal()
    this.#resetId = this.#changeId
    this.#changeId += 1
    this.#announcedId = this.#changeId
  }

  /** Copies what is needed to restore the book as it is now. */
  cut(): LogBookCut {
    return {
      numbers: {
        changeId: this.#changeId,
        commits: this.#commits,
        resetId: this.#resetId,
        evictedUpTo: this.#journal.evictedUpTo,
      },
      rows: Array.from(this.#logs, ([name, log]) => [name, log.cut()] as const),
      changes: this.#journal.all,
    }
  }

  /** An empty book with the numbers of an earlier one. Listeners stay subscribed. */
  restore({ changeId, commits, resetId, evictedUpTo }: LogBookNumbers): void {
    this.#logs = new Map()
    this.#journal = new ChangeJournal(undefined, evictedUpTo)
    this.#changeId = changeId
    this.#announcedId = changeId
    this.#commits = commits
    this.#resetId = resetId
  }

  /** Adds rows of an earlier book to a log. */
  restoreRows(name: string, rows: readonly (readonly [number, number])[]): void {
    const log = this.#logs.get(name) ?? new ChangeLog()
    for (const [changeId, subjectId] of rows) log.put(subjectId, changeId)
    this.#logs.set(name, log)
  }

  restoreChanges(changes: readonly Change[]): void {
    for (const change of changes) this.#journal.add(change)
  }

  /**
   * Called after each commit, in the order of change ids. Returns a function that unsubscribes it.
   */
  onCommit(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** The log itself; an empty one if it never had a row. */
  log(ref: LogRef): ChangeLog {
    return this.#logs.get(keyOf(ref)) ?? new ChangeLog()
  }

  /**
   * Throws `evicted` for a cursor that a wait cannot continue from: a cursor from before the latest
   * reset, or a cursor above every change id, which must be from an earlier run of the store.
   */
  assertCursor(changeId: number): void {
    const reason =
      changeId <= this.#resetId
        ? 'is from before the latest reset of the store'
        : changeId > this.#changeId
          ? 'is above every change id, so it is from an earlier run of the store'
          : undefined
    if (reason === undefined) return
    throw new MockServerError(
      'evicted',
      `since: ${changeId} ${reason}; continue from ${this.#changeId}, the newest change`,
    )
  }

  /**
   * Changes after `changeId`, oldest first. Throws `evicted` when the journal no longer holds them
   * all.
   */
  since(changeId: number): readonly Change[] {
    return this.#journal.since(changeId)
  }

  /**
   * Number of changes after `changeId`. Throws `evicted` when the journal no longer holds them all.
   */
  countSince(changeId: number): number {
    return this.#journal.countSince(changeId)
  }

  /** Whether the journal holds the change `changeId`, or began after it. */
  reachesBackTo(changeId: number): boolean {
    return this.#journal.reachesBackTo(changeId)
  }

  /** Adds rows of the seed, without calling the listeners. */
  seed(subjectId: number, changeId: number, logs: readonly LogRef[]): void {
    this.#changeId = Math.max(this.#changeId, changeId)
    this.#announcedId = this.#changeId
    this.#putRows(subjectId, changeId, logs)
  }

  /** The next changes, with their ids. They are not stored yet. */
  draft(changes: readonly Omit<Change, 'id'>[]): readonly Change[] {
    let id = this.#changeId
    return changes.map((change, index) => {
      id += CHANGE_ID_GAPS[(this.#commits + index) % CHANGE_ID_GAPS.length] ?? 1
      return { id, ...change }
    })
  }

  /** Stores the rows of a change that was drafted here, or by an earlier run. */
  apply(change: Change): void {
    this.#changeId = change.id
    this.#commits += 1
    this.#putRows(change.subject.id, change.id, change.logs)
  }

  /** Adds a stored change to the journal and calls the listeners. */
  announce(change: Change): void {
    this.#journal.add(change, this.#announcedId)
    this.#announcedId = change.id
    for (const listener of this.#listeners) listener(change)
  }

  /** Removes the logs of sections, and the rows of items in all other logs. */
  remove(sectionIds: readonly number[], itemIds: ReadonlySet<number>): void {
    for (const id of sectionIds) {
      this.#logs.delete(keyOf({ scope: 'section', id }))
      this.#logs.delete(keyOf({ scope: 'domain', id }))
    }
    for (const [key, log] of this.#logs) if (!key.startsWith('person/')) log.remove(itemIds)
  }

  #putRows(subjectId: number, changeId: number, logs: readonly LogRef[]): void {
    for (const ref of logs) {
      const log = this.log(ref)
      log.put(subjectId, changeId)
      this.#logs.set(keyOf(ref), log)
    }
  }
}

function keyOf({ scope, id }: LogRef): string {
  return `${scope}/${id}`
}
