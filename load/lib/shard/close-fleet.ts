import type { Fleet } from 'k6/x/ssefleet'

import { record } from '../journal/journal.ts'
import { numericFields } from '../timing/phase.ts'
import type { Shard } from './shard.ts'

/** Records the results of a shard's streams and ends them. */
export async function closeFleet(shard: Shard, fleet: Fleet): Promise<void> {
  const stats = fleet.stats()
  record({ kind: 'stats', facts: numericFields(stats) })
  for (const text of stats.faults) record({ kind: 'fault', text: `shard ${shard.index}, ${text}` })
  await fleet.close()
}
