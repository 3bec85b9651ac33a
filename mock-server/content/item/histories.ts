import { History } from './history.ts'
import type { Author, ContentItem, ItemState } from './item.ts'

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

  /** `state` is null when the change did not affect the state. */
  record(item: ContentItem, author: Author, state: ItemState | null): void {
    const history = this.of(item.id)
    const line = { changeId: item.changeId, at: item.editedAt, authorName: author.name, state }
    this.#lines += history.add(
      line,
      this.#lines < this.#maxLines ? KEPT_LINES : KEPT_LINES_WHEN_FULL,
    )
    this.#histories.set(item.id, history)
  }
}
