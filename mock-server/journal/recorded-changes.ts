import type { Change } from '../content/changes/change.ts'
import type { LiveChange } from '../live-center/live-center.ts'
import type { ChangeEntry } from './entry.ts'
import type { Journal } from './journal.ts'

const ENTRY_SIZE = 250

/** Records every change of content. */
export class RecordedChanges {
  readonly #journal: Journal
  #ofThisTurn: string[] = []

  constructor(journal: Journal) {
    this.#journal = journal
  }

  /** The changes that were made in this turn of the event loop. */
  get ofThisTurn(): readonly string[] {
    return this.#ofThisTurn
  }

  add(change: Change): void {
    this.#add(`change-${change.id}`, change)
  }

  addLive({ id }: LiveChange): void {
    this.#add(`live-${id}`, undefined)
  }

  #add(correlation: string, change: Change | undefined): void {
    if (!this.#journal.isOn) return
    this.#journal.add<ChangeEntry>({ kind: 'change', correlation, change, size: ENTRY_SIZE })
    if (this.#ofThisTurn.length === 0) queueMicrotask(() => (this.#ofThisTurn = []))
    this.#ofThisTurn.push(correlation)
  }
}
