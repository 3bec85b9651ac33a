import { Fleet } from 'k6/x/ssefleet'

import { closeFleet } from '../lib/shard/close-fleet.ts'
import { runShard } from '../lib/shard/run-shard.ts'
import { recordFanOut } from '../lib/timing/measure-latency.ts'
import { ORIGIN_EVENTS } from '../lib/servers/origin.ts'
import type { Shard } from '../lib/shard/shard.ts'
import { phase } from '../lib/timing/phase.ts'
import type { Failover } from '../lib/benchmarks/failover.ts'
import { shardOptions } from '../lib/settings/k6-options.ts'
import { settings } from '../lib/settings/current-settings.ts'

export { handleSummary } from '../lib/journal/handle-summary.ts'

const given: Failover = JSON.parse(__ENV['FAILOVER'] ?? '{}')

/** The benchmark publishes. */
const NOT_PUBLISHED_HERE = { dueMs: [], sentMs: [] }

export const options = shardOptions({})

/** The clients of `npm run bench -- row`: each goes to the other proxy when its stream ends. */
export default (): Promise<void> => runShard(failover)

async function failover(shard: Shard): Promise<void> {
  const { events, connectsPerSecond, reconnectMs } = given
  const other = settings.targets.find((url) => url !== shard.target) ?? shard.target
  const fleet = new Fleet({
    url: shard.target,
    transport: settings.transport,
    reconnect: { afterMs: reconnectMs, url: other },
    sequence: { pattern: ORIGIN_EVENTS.pattern, from: 0, count: events },
    latencyField: ORIGIN_EVENTS.latencyField,
  })
  try {
    await fleet.ramp(shard.streams, { perSecond: connectsPerSecond / settings.shards })
    await shard.waitForAll('open', fleet.stats().open)
    await shard.waitForAll('sent')
    await phase('received', async () => {
      const { behind } = await fleet.awaitSeq(events - 1, { timeoutMs: settings.patienceMs })
      return { behind, gapEvents: fleet.stats().names['sse-proxy-gap'] ?? 0 }
    })
    recordFanOut(fleet, 'failover', 0, NOT_PUBLISHED_HERE)
    await shard.waitForAll('received')
  } finally {
    await closeFleet(shard, fleet)
  }
}
