import type { JournalEntry } from '../../report/journal-entry.ts'

/** Writes one entry. */
export function record(entry: JournalEntry): void {
  // k6's console is its only output that works the same everywhere, containers included.
  console.log(JSON.stringify(entry))
}
