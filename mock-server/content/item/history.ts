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

/** Who changed an item when, newest first. Bounded: the oldest lines of a busy item are dropped. */
export class History {
  #lines: readonly HistoryLine[] = []

  add(line: HistoryLine): void {
    this.#lines = [line, ...this.#lines].slice(0, MAX_LINES)
  }

  before(changeId: number, count: number): readonly HistoryLine[] {
    return this.#lines.filter((line) => line.changeId < changeId).slice(0, count)
  }

  /** The oldest `count` lines above `changeId`, newest first. */
  after(changeId: number, count: number): readonly HistoryLine[] {
    return this.#lines.filter((line) => line.changeId > changeId).slice(-count)
  }
}
