import type { HistoryLine } from './history.ts'
import { History } from './history.ts'

/**
 * Minimum number of changes in an item's history; the second applies while the limit of lines is
 * reached.
 */
const KEPT_LINES = 1_000
const KEPT_LINES_WHEN_FULL = 10

/** The histories of all items. */
export class Histories {
  readonly #maxLines: number
  readonly #histories = new Map<number, History>()
  #lines = 0

  /** From `maxLines` on, an item keeps its latest changes only. */
  constructor(maxLines: number) {
    this.#maxLines = maxLines
  }

  /** Empty for an item without one. */
  of(itemId: number): History {
    return this.#histories.get(itemId) ?? new History()
  }

  /** Adds the lines of an earlier history. */
  restore(itemId: number, lines: readonly HistoryLine[]): void {
    const history = new History()
    for (const line of lines) this.#lines += history.add(line, Infinity)
    this.#histories.set(itemId, history)
  }

  forget(itemId: number): void {
    this.#lines -= this.of(itemId).lines.length
    this.#histories.delete(itemId)
  }

  record(itemId: number, line: HistoryLine): void {
    const history = this.of(itemId)
    this.#lines += history.add(
      line,
      this.#lines < this.#maxLines ? KEPT_LINES : KEPT_LINES_WHEN_FULL,
    )
    this.#histories.set(itemId, history)
  }
}
