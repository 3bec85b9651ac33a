import { Fleet } from 'k6/x/ssefleet'

import { closeFleet } from '../lib/shard/close-fleet.ts'
import { expectEqual } from '../lib/journal/checks.ts'
import { runShard } from '../lib/shard/run-shard.ts'
import { measureLatency } from '../lib/timing/measure-latency.ts'
import { createOrigin, ORIGIN_EVENTS } from '../lib/servers/origin.ts'
import type { Shard } from '../lib/shard/shard.ts'
import { phase } from '../lib/timing/phase.ts'
import { shardOptions } from '../lib/settings/k6-options.ts'
import { settings } from '../lib/settings/current-settings.ts'
import { NOTHING_LOST } from '../lib/settings/thresholds.ts'

export { handleSummary } from '../lib/journal/handle-summary.ts'

const SMALL = { count: 20, perSecond: 10 }
/**
 * Small: otherwise slow streams use up the kernel's memory for TCP, and it drops segments of any
 * stream.
 */
const RECEIVE_BUFFER_BYTES = 32_768
/**
 * More than a kernel buffers for a reader that has stopped: 8 MB, a quarter of a proxy's default
 * log.
 */
const LARGE = { count: 400, perSecond: 100, bytes: 20_000 }

export const options = shardOptions({
  ...NOTHING_LOST,
  // A stalled stream may be disconnected. It then reconnects by itself.
  sse_disconnects: [],
  sse_plateau_ok: [],
})

/**
 * A tenth of the streams stops reading. The others must not be affected, and the tenth must lose no
 * event.
 */
export default (): Promise<void> => runShard(slowConsumers)

async function slowConsumers(shard: Shard): Promise<void> {
  const origin = createOrigin(settings.store)
  const total = 2 * SMALL.count + LARGE.count
  const fleet = new Fleet({
    url: shard.target,
    transport: settings.transport,
    sequence: { pattern: ORIGIN_EVENTS.pattern, from: 0, count: total },
    latencyField: ORIGIN_EVENTS.latencyField,
    receiveBufferBytes: RECEIVE_BUFFER_BYTES,
    reconnect: { afterMs: 200 },
  })
  let next = 0
  const publish = async (step: string, batch: typeof SMALL | typeof LARGE): Promise<void> => {
    const first = next
    next += batch.count
    await measureLatency(fleet, step, async () => {
      await shard.waitForAll(`before ${step}`)
      if (shard.isLeader) await origin.publish({ first, ...batch })
      await shard.waitForAll(`sent ${step}`)
      const timeoutMs = settings.patienceMs
      const { behind } = await phase(step, () => fleet.awaitSeq(next - 1, { timeoutMs }))
      expectEqual(`${step}: no stream that reads is behind`, behind, 0)
    })
  }
  try {
    const opened = await phase('open', () =>
      fleet.ramp(shard.streams, { perSecond: shard.perSecond }),
    )
    expectEqual('every stream opens', opened.opened, shard.streams)
    await publish('all read', SMALL)
    const stalled = await fleet.stall(0.1)
    expectEqual('a tenth stops reading', stalled, Math.floor(shard.streams * 0.1))
    await publish('large events while a tenth does not read', LARGE)
    await publish('small events while a tenth does not read', SMALL)
    await shard.waitForAll('resume reading')
    await fleet.unstall()
    const timeoutMs = settings.patienceMs
    const { behind } = await phase('catch up', () => fleet.awaitSeq(next - 1, { timeoutMs }))
    expectEqual('streams that read again lose nothing', behind, 0)
  } finally {
    await closeFleet(shard, fleet)
  }
}
