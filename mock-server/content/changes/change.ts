import type { LogRef } from './log-ref.ts'

/** What a row of a change log is about. Persons are in logs of their own. */
export interface Subject {
  readonly kind: 'item' | 'person'
  readonly id: number
}

/** One committed change. Every log that it names holds its row already. */
export interface Change {
  /** Global, strictly increasing, sparse. [protocol §1.3] */
  readonly id: number
  /** `listed`: an item came into a list, or left it, and is itself as it was. */
  readonly kind: 'created' | 'updated' | 'deleted' | 'listed'
  readonly subject: Subject
  readonly at: string
  readonly logs: readonly LogRef[]
}
