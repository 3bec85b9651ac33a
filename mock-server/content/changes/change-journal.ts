import { MockServerError } from '../../errors.ts'
import type { Change } from './change.ts'

/** Limit of changes for `wait` and replay; older ones are evicted. */
const MAX_JOURNAL_CHANGES = 10_000

/** The latest changes, oldest first. Bounded: it throws when evicted changes are requested. */
export class ChangeJournal {
  readonly #maxChanges: number
  #changes: Change[] = []
  #evictedUpTo = 0
  /** The newest change before the first one that was added; undefined when that one is evicted. */
  #beganAfter: number | undefined

  /** Changes up to `evictedUpTo` are evicted already. */
  constructor(maxChanges: number = MAX_JOURNAL_CHANGES, evictedUpTo = 0) {
    this.#maxChanges = maxChanges
    this.#evictedUpTo = evictedUpTo
  }

  /** `previousId` is the newest change before it, which the journal may never have held. */
  add(change: Change, previousId?: number): void {
    if (this.#changes.length === 0) this.#beganAfter = previousId
    this.#changes.push(change)
    // Trimmed by half: one copy per `maxChanges` changes, not one per change.
    if (this.#changes.length < this.#maxChanges * 2) return
    const evicted = this.#changes.length - this.#maxChanges
    this.#evictedUpTo = this.#changes[evicted - 1]?.id ?? this.#evictedUpTo
    this.#changes = this.#changes.slice(evicted)
    this.#beganAfter = undefined
  }

  /** Changes up to this id are evicted. */
  get evictedUpTo(): number {
    return this.#evictedUpTo
  }

  /** All changes that it holds, oldest first. */
  get all(): readonly Change[] {
    return this.#changes.slice()
  }

  /** Whether it holds this change, or began after it. */
  reachesBackTo(changeId: number): boolean {
    if (changeId === this.#beganAfter) return true
    return this.#changes[this.#firstIndexAfter(changeId) - 1]?.id === changeId
  }

  /**
   * Number of changes with an id above `changeId`. Throws `evicted` when some of them are evicted.
   */
  countSince(changeId: number): number {
    this.#assertNotEvicted(changeId)
    return this.#changes.length - this.#firstIndexAfter(changeId)
  }

  /**
   * All changes with an id above `changeId`, oldest first. Throws `evicted` when some of them are
   * evicted.
   */
  since(changeId: number): readonly Change[] {
    this.#assertNotEvicted(changeId)
    return this.#changes.slice(this.#firstIndexAfter(changeId))
  }

  #assertNotEvicted(changeId: number): void {
    if (changeId >= this.#evictedUpTo) return
    throw new MockServerError(
      'evicted',
      `changes up to ${this.#evictedUpTo} are evicted, so the changes after ${changeId} are not known; ` +
        'use a later change id',
    )
  }

  /** Index of the first change with an id above `changeId`. */
  #firstIndexAfter(changeId: number): number {
    let low = 0
    let high = this.#changes.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#changes[middle]?.id ?? Infinity) <= changeId) low = middle + 1
      else high = middle
    }
    return low
  }
}
