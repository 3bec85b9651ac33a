import { Trend } from 'k6/metrics'
import type { Fleet } from 'k6/x/ssefleet'

import type { Published } from '../servers/origin.ts'
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
 * Records when each number from `first` reached the last stream, and, if this shard has published
 * them, when it was due and how late it was sent.
 */
export function recordFanOut(
  fleet: Fleet,
  step: string,
  first: number,
  { dueMs, sentMs }: Published,
): void {
  const events = fleet.arrivals(first).map(({ number, lastMs }) => ({ number, lastMs }))
  record({ kind: 'fan-out', step, first, dueMs, events })
  if (sentMs.length === 0) return
  const lagMs = sentMs.map((ms, index) => Math.max(0, ms - (dueMs[index] ?? ms)))
  record({ kind: 'lag', step, lagMs })
}

const delay = new Trend('sse_delay_ms', true)

/**
 * Records the delays of events that do not contain when they were due: until each had reached the
 * last stream of this shard. `dueMs` has the times from number `first` on.
 */
export function recordDelays(
  fleet: Fleet,
  step: string,
  first: number,
  dueMs: readonly number[],
  isLeader: boolean,
): void {
  const counts = new Map<number, number>()
  for (const { number, lastMs } of fleet.arrivals(first)) {
    const ms = Math.max(0, lastMs - (dueMs[number - first] ?? lastMs))
    delay.add(ms)
    const upToMicros = Math.round(ms * 1000)
    counts.set(upToMicros, (counts.get(upToMicros) ?? 0) + 1)
  }
  const buckets = [...counts].map(([upToMicros, count]) => ({ upToMicros, count }))
  record({ kind: 'latency', step, buckets })
  recordFanOut(fleet, step, first, { dueMs: isLeader ? dueMs : [], sentMs: [] })
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
