import type { Options } from 'k6/options'

import type { Settings } from './settings.ts'

type Thresholds = Readonly<Record<string, string[]>>

/** Options for a scenario whose virtual users each do one part of the run, once. */
export function partsOf(
  { parts, partsHere, maxDurationS }: Settings,
  thresholds: Thresholds,
): Options {
  return {
    scenarios: {
      parts: {
        executor: 'per-vu-iterations',
        vus: parts,
        iterations: 1,
        maxDuration: `${maxDurationS}s`,
        gracefulStop: '5s',
      },
    },
    thresholds: { ...thresholds, completed_runs: [`count==${partsHere}`] },
    summaryTrendStats: ['min', 'med', 'p(95)', 'p(99)', 'max', 'avg', 'count'],
  }
}
