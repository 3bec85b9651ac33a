/** An event as it passed the store or the proxy, by the same clock. */
export interface LaneEvent {
  readonly lane: 'store' | 'proxy'
  readonly kind: 'event' | 'open' | 'end'
  readonly data: string
  readonly id: string
  readonly event: string
  readonly atMs: number
}

/** A line of both lanes. */
export interface LaneRow {
  readonly store: LaneEvent | undefined
  readonly proxy: LaneEvent | undefined
  /** From the store to the proxy's client. */
  readonly delayMs: number | undefined
  readonly verdict: 'same' | 'waiting' | 'missing' | 'only here' | 'note'
}

/** How long an event may take through the proxy before it counts as missing. */
const PATIENCE_MS = 5_000

/**
 * Puts the events of both lanes beside each other, by their data and in the order of time. An event
 * of the proxy belongs to the oldest one of the store with the same data that has none yet.
 */
export function alignLanes(events: readonly LaneEvent[], nowMs: number): readonly LaneRow[] {
  const rows: { store?: LaneEvent; proxy?: LaneEvent }[] = []
  const waiting = new Map<string, { store?: LaneEvent; proxy?: LaneEvent }[]>()
  for (const event of events) {
    const partner = event.lane === 'proxy' ? waiting.get(keyOf(event))?.shift() : undefined
    if (partner !== undefined) {
      partner.proxy = event
      continue
    }
    const row = { [event.lane]: event }
    rows.push(row)
    if (event.lane !== 'store' || event.kind !== 'event') continue
    const key = keyOf(event)
    waiting.set(key, [...(waiting.get(key) ?? []), row])
  }
  return rows.map(({ store, proxy }) => ({
    store,
    proxy,
    delayMs: store && proxy ? Math.max(0, proxy.atMs - store.atMs) : undefined,
    verdict: verdictOf(store, proxy, nowMs),
  }))
}

function verdictOf(
  store: LaneEvent | undefined,
  proxy: LaneEvent | undefined,
  nowMs: number,
): LaneRow['verdict'] {
  if (store?.kind !== 'event' && proxy?.kind !== 'event') return 'note'
  if (store === undefined) return 'only here'
  if (proxy !== undefined) return 'same'
  return nowMs - store.atMs > PATIENCE_MS ? 'missing' : 'waiting'
}

/** The proxy may be reached by another host, so only the path of a URL counts. */
function keyOf({ kind, data }: LaneEvent): string {
  return `${kind} ${data.replace(/^https?:\/\/[^/]*/, '')}`
}
