import type { ItemState } from './item.ts'

/** One line of an item's history. */
export interface HistoryLine {
  readonly changeId: number
  readonly at: string
  readonly authorName: string
  /** The new state; null when the change did not affect the state. */
  readonly state: ItemState | null
}

/**
 * The latest changes of one item. Bounded: the oldest lines of a busy item are dropped. Pages are
 * newest first.
 */
export class History {
  /** Oldest first. */
  #lines: HistoryLine[] = []

  /**
   * Keeps at least the latest `keep` lines, at most twice as many. Returns the difference in lines.
   */
  add(line: HistoryLine, keep: number): number {
    const before = this.#lines.length
    this.#lines.push(line)
    // Trimmed by half: one copy per `keep` lines, not one per line.
    if (this.#lines.length >= 2 * keep) this.#lines = this.#lines.slice(-keep)
    return this.#lines.length - before
  }

  /** A copy of all lines, oldest first. */
  get lines(): readonly HistoryLine[] {
    return this.#lines.slice()
  }

  before(changeId: number, count: number): readonly HistoryLine[] {
    const below = this.#lines.filter((line) => line.changeId < changeId)
    return below.slice(-count).toReversed()
  }

  /** The oldest `count` lines above `changeId`. */
  after(changeId: number, count: number): readonly HistoryLine[] {
    const above = this.#lines.filter((line) => line.changeId > changeId)
    return above.slice(0, count).toReversed()
  }
}
