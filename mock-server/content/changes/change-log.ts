/** One row of a change log: the latest change of one item (or person). */
export interface ChangeLogRow {
  readonly changeId: number
  readonly subjectId: number
}

/** What is read of a log. */
export interface ReadableLog {
  readonly newestId: number
  /** Id of the newest row below `changeId`, also of one that has moved since; 0 without any. */
  newestBelow(changeId: number): number
  before(changeId: number, count: number): readonly ChangeLogRow[]
  after(changeId: number, count: number): readonly ChangeLogRow[]
}

/** Dead rows that a log may keep before it is rewritten: small logs are not worth it. */
const MIN_DEAD_ROWS = 64

/**
 * The rows of one change log. [protocol §1.1]
 *
 * Rows are in the order of their change ids. A change appends the item's new row and marks the old
 * one dead; the array is rewritten once half of it is dead, so that a change costs O(1) on average
 * and a page costs its own length plus the dead rows in between.
 */
export class ChangeLog implements ReadableLog {
  #rows: ChangeLogRow[] = []
  readonly #changeIdOf = new Map<number, number>()

  /** Change id of the newest row, 0 while the log is empty. */
  get newestId(): number {
    return this.#rows.at(-1)?.changeId ?? 0
  }

  newestBelow(changeId: number): number {
    return this.#rows[this.#firstIndexFrom(changeId) - 1]?.changeId ?? 0
  }

  /** Number of live rows: one for each item that was ever in this log. */
  get size(): number {
    return this.#changeIdOf.size
  }

  /** A copy of the rows, oldest first. Those of subjects that moved up since may be among them. */
  cut(): readonly ChangeLogRow[] {
    return this.#rows.slice()
  }

  /** Moves a subject to the top. `changeId` must be greater than every earlier one. */
  put(subjectId: number, changeId: number): void {
    this.#changeIdOf.set(subjectId, changeId)
    this.#rows.push({ changeId, subjectId })
    const dead = this.#rows.length - this.#changeIdOf.size
    if (dead > MIN_DEAD_ROWS && dead > this.#changeIdOf.size) {
      this.#rows = this.#rows.filter((row) => this.#isLive(row))
    }
  }

  /** The newest `count` rows with an id below `changeId`, newest first. */
  before(changeId: number, count: number): readonly ChangeLogRow[] {
    const page: ChangeLogRow[] = []
    for (let i = this.#firstIndexFrom(changeId) - 1; i >= 0 && page.length < count; i -= 1) {
      this.#collect(i, page)
    }
    return page
  }

  /**
   * The *oldest* `count` rows with an id above `changeId`, newest first: pages are contiguous, so a
   * client that walks up by `previous` misses no row. [protocol §1.4]
   */
  after(changeId: number, count: number): readonly ChangeLogRow[] {
    const page: ChangeLogRow[] = []
    for (let i = this.#firstIndexFrom(changeId + 1); i < this.#rows.length; i += 1) {
      if (page.length === count) break
      this.#collect(i, page)
    }
    return page.toReversed()
  }

  /** Removes the rows of these subjects. */
  remove(subjectIds: ReadonlySet<number>): void {
    const known = this.#changeIdOf
    const [fewer, more] = known.size < subjectIds.size ? [known, subjectIds] : [subjectIds, known]
    const removed = [...fewer.keys()].filter((id) => more.has(id))
    if (removed.length === 0) return
    for (const id of removed) known.delete(id)
    this.#rows = this.#rows.filter(({ subjectId }) => !subjectIds.has(subjectId))
  }

  #collect(index: number, page: ChangeLogRow[]): void {
    const row = this.#rows[index]
    if (row !== undefined && this.#isLive(row)) page.push(row)
  }

  #isLive(row: ChangeLogRow): boolean {
    return this.#changeIdOf.get(row.subjectId) === row.changeId
  }

  /** Index of the first row whose id is at least `changeId`. */
  #firstIndexFrom(changeId: number): number {
    let low = 0
    let high = this.#rows.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#rows[middle]?.changeId ?? Infinity) < changeId) low = middle + 1
      else high = middle
    }
    return low
  }
}
