import type { LatencyEntry } from './journal.ts'

type Buckets = LatencyEntry['buckets']

/** What a histogram that only grows has gained since it looked like `before`. */
export function since(now: Buckets | null, before: Buckets | null): Buckets {
  const counted = new Map((before ?? []).map(({ upToMicros, count }) => [upToMicros, count]))
  return (now ?? [])
    .map(({ upToMicros, count }) => ({ upToMicros, count: count - (counted.get(upToMicros) ?? 0) }))
    .filter(({ count }) => count > 0)
}
