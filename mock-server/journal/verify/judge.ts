import type { ConnectEntry, JournalEntry } from '../entry.ts'
import type { NearMiss, Verdict } from './expectation.ts'

/** What an expectation is judged by. */
export interface Evidence {
  /** The entries of the window, oldest first. */
  readonly entries: readonly JournalEntry[]
  /** The streams that were open when the window began. */
  readonly openBefore: readonly ConnectEntry[]
  /** Now, on the scale of the entries' `passedMs`. */
  readonly passedMs: number
}

/** What becomes of one expectation. */
export interface Judgement {
  readonly verdict: Verdict
  readonly message: string
  readonly nearMisses: readonly NearMiss[]
}
