import type { Entry, EntryKind } from './entry.ts'
import { entryText } from './entry-text.ts'

/** Entries that the page keeps. Counters also count older ones. */
const MAX_KEPT = 5_000

/** The journal as the page has followed it. Every entry is counted once, however it arrives. */
export class JournalLog {
  /** Oldest first. */
  entries: readonly Entry[] = []
  /** Id of the newest entry that was counted. */
  cursor = 0
  /** Entries that the store had evicted before they could be read. */
  missed = 0
  readonly counts: Record<EntryKind, number> = {
    request: 0,
    response: 0,
    connect: 0,
    leave: 0,
    frame: 0,
    change: 0,
    fault: 0,
  }
  /** Events that were sent to clients, each client counted. */
  eventsSent = 0
  newestChangeId = 0

  /** Entries in ascending order. Those that were counted before are ignored. */
  add(given: readonly Entry[]): readonly Entry[] {
    const fresh = given.filter(({ id }) => id > this.cursor)
    for (const entry of fresh) this.#count(entry)
    const last = fresh.at(-1)
    if (last === undefined) return fresh
    this.cursor = last.id
    this.entries = [...this.entries, ...fresh].slice(-MAX_KEPT)
    return fresh
  }

  /** Entries up to this id are gone. */
  skipTo(id: number): void {
    if (id <= this.cursor) return
    this.missed += id - this.cursor
    this.cursor = id
  }

  #count(entry: Entry): void {
    this.counts[entry.kind] += 1
    if (entry.kind === 'frame') this.eventsSent += entry.events * entry.clients
    if (entry.kind === 'change')
      this.newestChangeId = Math.max(this.newestChangeId, entry.change?.id ?? 0)
  }
}

export interface LogFilter {
  /** Kinds that are hidden. */
  readonly hidden: ReadonlySet<EntryKind>
  readonly text: string
  /** A correlation such as `change-5044`. */
  readonly correlation: string
}

/** The newest entries that pass, newest first, at most `max`. */
export function filterLog(
  entries: readonly Entry[],
  { hidden, text, correlation }: LogFilter,
  max: number,
): readonly Entry[] {
  const wanted = text.toLowerCase()
  const found: Entry[] = []
  for (let index = entries.length - 1; index >= 0 && found.length < max; index -= 1) {
    const entry = entries[index]
    if (entry === undefined || hidden.has(entry.kind)) continue
    if (correlation !== '' && !entry.correlation.includes(correlation)) continue
    if (wanted !== '' && !`${entry.kind} ${entryText(entry)}`.toLowerCase().includes(wanted))
      continue
    found.push(entry)
  }
  return found
}
