import type { Options } from 'k6/options'

import { settings } from './current-settings.ts'
import type { Thresholds } from './metrics.ts'

/** Options for a scenario in which each virtual user runs one shard, once. */
export function shardOptions(thresholds: Thresholds): Options {
  return {
    scenarios: {
      shards: {
        executor: 'per-vu-iterations',
        vus: settings.shards,
        iterations: 1,
        maxDuration: `${settings.timeoutMs / 1000}s`,
        gracefulStop: '5s',
      },
    },
    thresholds: {
      ...merged(thresholds, settings.thresholds),
      completed_runs: [`count==${settings.shardsInProcess}`],
    },
    summaryTrendStats: ['min', 'med', 'p(95)', 'p(99)', 'max', 'avg', 'count'],
  }
}

/** The rules of both for each metric. */
function merged(one: Thresholds, other: Thresholds): Record<string, string[]> {
  const metrics = [...Object.keys(one), ...Object.keys(other)]
  return Object.fromEntries(
    metrics.map((metric) => [metric, [...(one[metric] ?? []), ...(other[metric] ?? [])]]),
  )
}
