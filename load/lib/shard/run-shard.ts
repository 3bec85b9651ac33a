import { Counter } from 'k6/metrics'

import { record } from '../journal/journal.ts'
import { currentShard, type Shard } from './shard.ts'

const completedRuns = new Counter('completed_runs')

/**
 * Runs the body of a scenario in one virtual user. A failure becomes a fault in the report, because
 * a target can make any call of a script throw, and k6 would print a stack and still exit with 0.
 * The threshold on `completed_runs` fails the run instead, and other shards stop waiting for this
 * one.
 */
export async function runShard(body: (shard: Shard) => Promise<void>): Promise<void> {
  const shard = currentShard()
  try {
    await body(shard)
    completedRuns.add(1)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    record({ kind: 'fault', text: `shard ${shard.index} stopped: ${reason}` })
  } finally {
    shard.leave()
  }
}
