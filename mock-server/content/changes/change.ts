import type { LogRef } from './log-ref.ts'

/** The item or person that a row of a change log is about. Persons have their own logs. */
export interface Subject {
  readonly kind: 'item' | 'person'
  readonly id: number
}

/** One committed change. Every log that it names holds its row already. */
export interface Change {
  /** Global, strictly increasing, sparse. [protocol §1.3] */
  readonly id: number
  /** `listed`: an item was added to a list or removed from it, and is itself unchanged. */
  readonly kind: 'created' | 'updated' | 'deleted' | 'listed'
  readonly subject: Subject
  readonly at: string
  readonly logs: readonly LogRef[]
}
