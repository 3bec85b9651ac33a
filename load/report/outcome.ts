import { type Figure, figuresOf } from './comparison/figures.ts'
import { groupFaults, type FaultGroup } from './fault-groups.ts'
import type { Facts, JournalEntry } from './journal-entry.ts'
import type { PhaseCpu, Usage } from '../process/usage.ts'
import {
  type CheckEntry,
  type LatencyRow,
  mergeChecks,
  mergeLatencies,
  mergeMetrics,
  mergePhases,
  mergeStats,
  type Metric,
  type PhaseEntry,
  type Summary,
} from './merge.ts'

/** Everything that a report shows; `SCENARIO.json` is this object. */
export interface Outcome {
  readonly scenario: string
  readonly profile: string
  readonly targets: readonly string[]
  readonly store: string
  readonly startedAt: string
  readonly tookMs: number
  readonly machine: { readonly cpus: number; readonly memoryBytes: number; readonly system: string }
  /** How the run was divided. */
  readonly spread: { readonly streams: number; readonly processes: number; readonly shards: number }
  readonly isOk: boolean
  readonly phases: readonly PhaseEntry[]
  readonly checks: readonly CheckEntry[]
  readonly thresholds: readonly Threshold[]
  /** What was not verified, and why. */
  readonly skipped: readonly string[]
  /** The first faults of streams, in words. */
  readonly faults: readonly string[]
  /** All faults, those that differ only in numbers together. */
  readonly faultGroups: readonly FaultGroup[]
  readonly stats: Facts
  /** Empty for scenarios that measure no latency. */
  readonly latencies: readonly LatencyRow[]
  /** What a later run can be compared with. */
  readonly figures: readonly Figure[]
  /** One for each process that the run started. */
  readonly usage: readonly Usage[]
  /** Processor time of these processes, phase by phase. */
  readonly cpuByPhase: readonly PhaseCpu[]
  readonly metrics: Readonly<Record<string, Metric['values']>>
}

interface Threshold {
  readonly metric: string
  readonly rule: string
  readonly isOk: boolean
  /** The metric's values, e.g. `count=3`. */
  readonly got: string
}

export type OutcomeFacts = Omit<
  Outcome,
  | 'isOk'
  | 'phases'
  | 'checks'
  | 'thresholds'
  | 'skipped'
  | 'faults'
  | 'faultGroups'
  | 'stats'
  | 'latencies'
  | 'figures'
  | 'metrics'
>

/** The result of one k6 process. `isOk` is its own verdict on the thresholds. */
export interface ProcessResult {
  readonly isOk: boolean
  readonly summary: Summary
  readonly journal: readonly JournalEntry[]
}

/** Faults shown in a report. */
const MAX_FAULTS = 100

/** Merges the results of all processes. */
export function toOutcome(facts: OutcomeFacts, results: readonly ProcessResult[]): Outcome {
  const metrics = Object.entries(mergeMetrics(results.map(({ summary }) => summary)))
  const journal = results.flatMap((result) => result.journal)
  const latencies = mergeLatencies(journal)
  const valuesOf = Object.fromEntries(metrics.map(([name, metric]) => [name, metric.values]))
  const faults = journal.filter((entry) => entry.kind === 'fault').map(({ text }) => text)
  return {
    ...facts,
    isOk: results.every(({ isOk }) => isOk),
    phases: mergePhases(journal),
    checks: mergeChecks(journal),
    thresholds: metrics.flatMap(([metric, { values, thresholds = {} }]) =>
      Object.entries(thresholds).map(([rule, { ok }]) => ({
        metric,
        rule,
        isOk: ok,
        got: shown(values),
      })),
    ),
    skipped: [...new Set(journal.flatMap((entry) => (entry.kind === 'skip' ? [entry.text] : [])))],
    faults: faults.slice(0, MAX_FAULTS),
    faultGroups: groupFaults(faults),
    stats: mergeStats(journal),
    latencies,
    figures: figuresOf(journal, latencies, valuesOf, facts.usage),
    metrics: valuesOf,
  }
}

function shown(values: Metric['values']): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${Math.round(value * 1000) / 1000}`)
    .join(' ')
}
