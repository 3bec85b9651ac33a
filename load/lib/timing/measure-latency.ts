import type { Fleet } from 'k6/x/ssefleet'

import type { LatencyBucket } from '../../report/journal-entry.ts'
import { record } from '../journal/journal.ts'

/** Records the latencies of the events that a fleet receives while `work` runs. */
export async function measureLatency(
  fleet: Fleet,
  step: string,
  work: () => Promise<void>,
): Promise<void> {
  const before = fleet.stats().latency.buckets
  await work()
  record({ kind: 'latency', step, buckets: gained(fleet.stats().latency.buckets, before) })
}

/**
 * Records when each number from `first` reached the last stream, and when it was sent, if this
 * shard knows the time.
 */
export function recordFanOut(
  fleet: Fleet,
  step: string,
  first: number,
  sentMs: readonly number[],
): void {
  const events = fleet
    .arrivals()
    .filter(({ number }) => number >= first)
    .map(({ number, lastMs }) => ({ number, lastMs }))
  record({ kind: 'fan-out', step, sentMs, events })
}

/** The values added to a histogram since `before`; counts only grow. */
function gained(
  now: readonly LatencyBucket[] | null,
  before: readonly LatencyBucket[] | null,
): readonly LatencyBucket[] {
  const counted = new Map((before ?? []).map(({ upToMicros, count }) => [upToMicros, count]))
  return (now ?? [])
    .map(({ upToMicros, count }) => ({ upToMicros, count: count - (counted.get(upToMicros) ?? 0) }))
    .filter(({ count }) => count > 0)
}
