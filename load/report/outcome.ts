import type { Facts, JournalEntry } from '../lib/journal.ts'

/** What k6 says at the end of a test. */
export interface Summary {
  readonly metrics: Readonly<Record<string, Metric>>
}

interface Metric {
  readonly values: Readonly<Record<string, number>>
  readonly thresholds?: Readonly<Record<string, { readonly ok: boolean }>> | undefined
}

/** Everything that a report tells; `SCENARIO.json` is this, as it stands. */
export interface Outcome {
  readonly scenario: string
  readonly profile: string
  readonly target: string
  readonly store: string
  readonly startedAt: string
  readonly tookMs: number
  readonly machine: { readonly cpus: number; readonly memoryBytes: number; readonly system: string }
  readonly isOk: boolean
  readonly phases: readonly Extract<JournalEntry, { kind: 'phase' }>[]
  readonly checks: readonly Extract<JournalEntry, { kind: 'check' }>[]
  readonly thresholds: readonly Threshold[]
  /** The first faults of the streams, in words. */
  readonly faults: readonly string[]
  readonly stats: Facts
  readonly metrics: Readonly<Record<string, Metric['values']>>
}

interface Threshold {
  readonly metric: string
  readonly rule: string
  readonly isOk: boolean
  /** The metric's values, e.g. `count=3`. */
  readonly got: string
}

export type OutcomeFacts = Pick<
  Outcome,
  'scenario' | 'profile' | 'target' | 'store' | 'startedAt' | 'tookMs' | 'machine'
>

/** Puts together what k6 and the script have said. `isOk` is k6's own verdict on the thresholds. */
export function toOutcome(
  facts: OutcomeFacts,
  isOk: boolean,
  summary: Summary,
  journal: readonly JournalEntry[],
): Outcome {
  const entries = Object.entries(summary.metrics).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return {
    ...facts,
    isOk,
    phases: journal.filter((entry) => entry.kind === 'phase'),
    checks: journal.filter((entry) => entry.kind === 'check'),
    thresholds: entries.flatMap(([metric, { values, thresholds = {} }]) =>
      Object.entries(thresholds).map(([rule, { ok }]) => ({
        metric,
        rule,
        isOk: ok,
        got: shown(values),
      })),
    ),
    faults: journal.filter((entry) => entry.kind === 'fault').map(({ text }) => text),
    stats: journal.findLast((entry) => entry.kind === 'stats')?.facts ?? {},
    metrics: Object.fromEntries(entries.map(([name, { values }]) => [name, values])),
  }
}

function shown(values: Metric['values']): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${Math.round(value * 1000) / 1000}`)
    .join(' ')
}
