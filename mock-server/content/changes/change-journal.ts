import { MockServerError } from '../../errors.ts'
import type { Change } from './change.ts'

/** Changes that are kept for `wait` and for replay; older ones are evicted. */
const MAX_JOURNAL_CHANGES = 10_000

/** The latest changes, oldest first. Bounded, and it says so when it is asked for what it has evicted. */
export class ChangeJournal {
  readonly #maxChanges: number
  #changes: Change[] = []
  #evictedUpTo = 0

  constructor(maxChanges: number = MAX_JOURNAL_CHANGES) {
    this.#maxChanges = maxChanges
  }

  add(change: Change): void {
    this.#changes.push(change)
    // Cut in halves: one copy per `maxChanges` changes, not one per change.
    if (this.#changes.length < this.#maxChanges * 2) return
    const evicted = this.#changes.length - this.#maxChanges
    this.#evictedUpTo = this.#changes[evicted - 1]?.id ?? this.#evictedUpTo
    this.#changes = this.#changes.slice(evicted)
  }

  holds(changeId: number): boolean {
    return this.#changes.findLastIndex((change) => change.id === changeId) !== -1
  }

  /** All changes with an id above `changeId`, oldest first. Throws `evicted` when some of them are gone. */
  since(changeId: number): readonly Change[] {
    if (changeId < this.#evictedUpTo) {
      throw new MockServerError(
        'evicted',
        `changes up to ${this.#evictedUpTo} are evicted, so what came after ${changeId} is not known; ` +
          'ask with a later change id',
      )
    }
    // From the end: who asks has seen nearly everything.
    const last = this.#changes.findLastIndex((change) => change.id <= changeId)
    return this.#changes.slice(last + 1)
  }
}
