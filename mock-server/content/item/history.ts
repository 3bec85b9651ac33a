import type { ItemState } from './item.ts'

/** One line of an item's history. */
export interface HistoryLine {
  readonly changeId: number
  readonly at: string
  readonly authorName: string
  /** The state that the change led to; null when it left the state as it was. */
  readonly state: ItemState | null
}

const MAX_LINES = 1_000

/** Who changed an item when. Bounded: the oldest lines of a busy item are dropped. Pages are newest first. */
export class History {
  /** Oldest first. */
  #lines: HistoryLine[] = []

  add(line: HistoryLine): void {
    this.#lines.push(line)
    // Cut in halves: one copy per so many lines, not one per line.
    if (this.#lines.length >= 2 * MAX_LINES) this.#lines = this.#lines.slice(-MAX_LINES)
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
