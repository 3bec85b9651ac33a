import type { ChangedLog } from './log-ref.ts'

/** One committed change. Every log that it names holds its row already. */
export interface Change {
  /** Global, strictly increasing, sparse. [protocol §1.3] */
  readonly id: number
  readonly kind: 'created' | 'updated' | 'deleted'
  readonly itemId: number
  readonly at: string
  /** The publication's log, each section's, and each governing section's where that is another one. */
  readonly logs: readonly ChangedLog[]
}
