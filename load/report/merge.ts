import type { Facts, JournalEntry } from './journal-entry.ts'

/** What one k6 process writes at the end of a test. */
export interface Summary {
  readonly metrics: Readonly<Record<string, Metric>>
}

export interface Metric {
  readonly type: 'counter' | 'gauge' | 'rate' | 'trend'
  readonly values: Readonly<Record<string, number>>
  readonly thresholds?: Readonly<Record<string, { readonly ok: boolean }>> | undefined
}

export type PhaseEntry = Extract<JournalEntry, { kind: 'phase' }>
export type CheckEntry = Extract<JournalEntry, { kind: 'check' }>

/** Facts of which the highest counts; most others add up. */
const MAXIMA = new Set(['highest', 'longestSilenceMs'])
/** Details shown for a check that failed in several shards. */
const MAX_DETAILS = 3

/**
 * Merges the summaries of all processes. Counts and rates add up exactly. Of medians and
 * percentiles the worst is taken, because those of all streams cannot be computed from those of
 * each process. A threshold holds when it holds in every process.
 */
export function mergeMetrics(summaries: readonly Summary[]): Readonly<Record<string, Metric>> {
  const merged = new Map<string, Metric>()
  for (const { metrics } of summaries) {
    for (const [name, metric] of Object.entries(metrics)) {
      const before = merged.get(name)
      merged.set(name, before === undefined ? metric : mergeMetric(before, metric))
    }
  }
  return Object.fromEntries([...merged].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

function mergeMetric(one: Metric, other: Metric): Metric {
  const names = new Set([...Object.keys(one.values), ...Object.keys(other.values)])
  const values = new Map<string, number>()
  for (const name of names) values.set(name, mergeValue(name, one, other))
  if (one.type === 'rate') {
    const passes = values.get('passes') ?? 0
    values.set('rate', passes / Math.max(1, passes + (values.get('fails') ?? 0)))
  }
  const rules = new Set([
    ...Object.keys(one.thresholds ?? {}),
    ...Object.keys(other.thresholds ?? {}),
  ])
  const thresholds = [...rules].map((rule) => {
    return [rule, { ok: isHeld(one, rule) && isHeld(other, rule) }] as const
  })
  return {
    type: one.type,
    values: Object.fromEntries(values),
    thresholds: Object.fromEntries(thresholds),
  }
}

function mergeValue(name: string, one: Metric, other: Metric): number {
  const a = one.values[name] ?? 0
  const b = other.values[name] ?? 0
  if (one.type === 'counter' || one.type === 'rate') return a + b
  const [countA, countB] = [one.values['count'] ?? 1, other.values['count'] ?? 1]
  switch (name) {
    case 'count':
      return a + b
    case 'min':
      return countA === 0 || (countB > 0 && b < a) ? b : a
    case 'avg':
      return (a * countA + b * countB) / Math.max(1, countA + countB)
    default:
      return Math.max(a, b)
  }
}

function isHeld(metric: Metric, rule: string): boolean {
  return metric.thresholds?.[rule]?.ok ?? true
}

/** Merges phases of the same name: the duration is that of the slowest shard, facts add up. */
export function mergePhases(journal: readonly JournalEntry[]): readonly PhaseEntry[] {
  const merged = new Map<string, PhaseEntry>()
  for (const entry of journal) {
    if (entry.kind !== 'phase') continue
    const before = merged.get(entry.name)
    const { tookMs: _, ...facts } = entry.facts
    merged.set(entry.name, {
      ...entry,
      tookMs: Math.max(before?.tookMs ?? 0, entry.tookMs),
      facts: before === undefined ? facts : addFacts(before.facts, facts),
    })
  }
  return [...merged.values()]
}

/** Merges checks of the same name: the merged check passes when all of them passed. */
export function mergeChecks(journal: readonly JournalEntry[]): readonly CheckEntry[] {
  const byName = new Map<string, readonly CheckEntry[]>()
  for (const entry of journal) {
    if (entry.kind === 'check') byName.set(entry.name, [...(byName.get(entry.name) ?? []), entry])
  }
  return [...byName].map(([name, entries]) => {
    const failed = entries.filter(({ isOk }) => !isOk)
    const details = new Set((failed.length > 0 ? failed : entries).map(({ detail }) => detail))
    const shards =
      entries.length === 1 ? '' : ` (${entries.length - failed.length} of ${entries.length} shards)`
    const detail = [...details].slice(0, MAX_DETAILS).join('; ')
    return { kind: 'check', name, isOk: failed.length === 0, detail: `${detail}${shards}` }
  })
}

/** Counts add up; the lowest and the highest number are those of all shards. */
export function mergeStats(journal: readonly JournalEntry[]): Facts {
  let merged: Facts = {}
  for (const entry of journal) if (entry.kind === 'stats') merged = addFacts(merged, entry.facts)
  return merged
}

function addFacts(one: Facts, other: Facts): Facts {
  const names = new Set([...Object.keys(one), ...Object.keys(other)])
  return Object.fromEntries(
    [...names].map((name) => {
      const [a, b] = [one[name], other[name]]
      if (a === undefined || b === undefined) return [name, a ?? b ?? 0]
      if (name === 'lowest') return [name, Math.min(a, b)]
      return [name, MAXIMA.has(name) ? Math.max(a, b) : a + b]
    }),
  )
}

/** One step of a run that compares sizes or times, in ms. */
export interface LatencyRow {
  readonly step: string
  readonly count: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly max: number
  /**
   * Time until an event had reached the last of all streams: the median of the events, and the
   * slowest.
   */
  readonly lastP50?: number | undefined
  readonly lastMax?: number | undefined
  /** The longest delay of an event in the load tool itself, which the other figures contain. */
  readonly ownLagMax?: number | undefined
}

/**
 * Histograms of all shards added up, with the times until the last stream where a scenario records
 * them.
 */
export function mergeLatencies(journal: readonly JournalEntry[]): readonly LatencyRow[] {
  const steps = new Map<string, Map<number, number>>()
  for (const entry of journal) {
    if (entry.kind !== 'latency') continue
    const counts = steps.get(entry.step) ?? new Map<number, number>()
    for (const { upToMicros, count } of entry.buckets) {
      counts.set(upToMicros, (counts.get(upToMicros) ?? 0) + count)
    }
    steps.set(entry.step, counts)
  }
  return [...steps].map(([step, counts]) => {
    const buckets = [...counts].toSorted(([a], [b]) => a - b)
    const count = buckets.reduce((sum, [, added]) => sum + added, 0)
    const ms = (q: number) => quantile(buckets, count, q) / 1000
    const last = lastStreamMs(journal, step).toSorted((a, b) => a - b)
    return {
      step,
      count,
      p50: ms(0.5),
      p95: ms(0.95),
      p99: ms(0.99),
      max: ms(1),
      lastP50: last[Math.floor((last.length - 1) / 2)],
      lastMax: last.at(-1),
      ownLagMax: maxOf(journal.flatMap((entry) => (isLagOf(entry, step) ? entry.lagMs : []))),
    }
  })
}

function isLagOf(
  entry: JournalEntry,
  step: string,
): entry is Extract<JournalEntry, { kind: 'lag' }> {
  return entry.kind === 'lag' && entry.step === step
}

function maxOf(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((a, b) => Math.max(a, b))
}

function quantile(
  buckets: readonly (readonly [number, number])[],
  count: number,
  q: number,
): number {
  let rank = Math.ceil(count * q)
  for (const [upToMicros, added] of buckets) {
    rank -= added
    if (rank <= 0) return upToMicros
  }
  return 0
}

/**
 * For each event of a step the time from when it was due to its last arrival at any stream, in the
 * order of their numbers.
 */
export function lastStreamMs(journal: readonly JournalEntry[], step: string): readonly number[] {
  const entries = journal
    .filter((entry) => entry.kind === 'fan-out')
    .filter((entry) => entry.step === step)
  const dueMs = new Map<number, number>()
  const lastMs = new Map<number, number>()
  for (const { first, dueMs: due, events } of entries) {
    for (const [index, ms] of due.entries()) dueMs.set(first + index, ms)
    for (const event of events) {
      lastMs.set(event.number, Math.max(lastMs.get(event.number) ?? 0, event.lastMs))
    }
  }
  return [...lastMs]
    .toSorted(([a], [b]) => a - b)
    .map(([number, ms]) => ms - (dueMs.get(number) ?? Number.NaN))
    .filter((ms) => !Number.isNaN(ms))
}
