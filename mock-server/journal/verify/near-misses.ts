import type { JournalEntry } from '../entry.ts'
import { reportEntry } from '../report-entry.ts'
import type { NearMiss } from './expectation.ts'

const MAX_SHOWN = 5

/** An entry that did not match. */
export interface Miss {
  readonly entry: JournalEntry
  readonly why: readonly string[]
}

/** The entries that came closest: those with the fewest differences, and of these the latest. */
export function nearest(misses: readonly Miss[]): readonly NearMiss[] {
  return shownMisses(
    misses.toSorted((a, b) => a.why.length - b.why.length || b.entry.id - a.entry.id),
  )
}

/** The first ones, in their order. */
export function shownMisses(misses: readonly Miss[]): readonly NearMiss[] {
  return misses
    .slice(0, MAX_SHOWN)
    .map(({ entry, why }) => ({ why: [...why], entry: reportEntry(entry) }))
}
