/** A fact about a run. `npm run load` reads them from k6's console output, one JSON object on a line. */
export type JournalEntry =
  | {
      readonly kind: 'phase'
      readonly name: string
      readonly tookMs: number
      readonly facts: Facts
    }
  | {
      readonly kind: 'check'
      readonly name: string
      readonly isOk: boolean
      readonly detail: string
    }
  | { readonly kind: 'fault'; readonly text: string }
  | { readonly kind: 'stats'; readonly facts: Facts }
  | LatencyEntry
  | FanOutEntry

export type Facts = Readonly<Record<string, number>>

/** Latencies of one step, from the time that an event tells to its arrival. Those of several parts add up. */
export interface LatencyEntry {
  readonly kind: 'latency'
  readonly step: string
  readonly buckets: readonly { readonly upToMicros: number; readonly count: number }[]
}

/** When each event of one step reached the last stream of a part. The last of all parts is the latest. */
interface FanOutEntry {
  readonly kind: 'fan-out'
  readonly step: string
  readonly events: readonly { readonly number: number; readonly lastMs: number }[]
  /** When each was sent; empty but for the part that leads. */
  readonly sentMs: readonly number[]
}

/** Writes one entry. */
export function note(entry: JournalEntry): void {
  // k6's console is its only way out that works the same everywhere, containers included.
  console.log(JSON.stringify(entry))
}
