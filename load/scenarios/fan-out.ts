import { sleep } from 'k6'
import { Fleet } from 'k6/x/ssefleet'

import { closeFleet } from '../lib/shard/close-fleet.ts'
import { expectEqual } from '../lib/journal/checks.ts'
import { runShard } from '../lib/shard/run-shard.ts'
import { measureLatency, recordFanOut } from '../lib/timing/measure-latency.ts'
import { createOrigin, ORIGIN_EVENTS, type Published } from '../lib/servers/origin.ts'
import { type Shard, shareOf } from '../lib/shard/shard.ts'
import { phase } from '../lib/timing/phase.ts'
import { shardOptions } from '../lib/settings/k6-options.ts'
import { settings } from '../lib/settings/current-settings.ts'
import { NOTHING_LOST } from '../lib/settings/thresholds.ts'

export { handleSummary } from '../lib/journal/handle-summary.ts'

/** So few per second that each reaches all clients before the next is sent. */
const SINGLE = { count: 20, perSecond: 2 }
/**
 * So many per second that a proxy falls behind if it writes each event to each client separately.
 */
const BURST = { count: 500, perSecond: 100 }

export const options = shardOptions(NOTHING_LOST)

/** For each step of the profile: opens that many streams, sends single events, then a burst. */
export default (): Promise<void> => runShard(fanOut)

async function fanOut(shard: Shard): Promise<void> {
  const origin = createOrigin(settings.store)
  const { steps } = settings.profile
  const fleet = new Fleet({
    url: shard.target,
    transport: settings.transport,
    sequence: {
      pattern: ORIGIN_EVENTS.pattern,
      from: 0,
      count: steps.length * (SINGLE.count + BURST.count),
    },
    latencyField: ORIGIN_EVENTS.latencyField,
  })
  let next = 0
  const measure = async (step: string, batch: typeof SINGLE): Promise<void> => {
    const first = next
    next += batch.count
    let published: Published = { dueMs: [], sentMs: [] }
    await measureLatency(fleet, step, async () => {
      await shard.waitForAll(`before ${step}`)
      if (shard.isLeader) published = await origin.publish({ first, ...batch })
      await shard.waitForAll(`sent ${step}`)
      const timeoutMs = settings.patienceMs
      const { behind } = await phase(step, () => fleet.awaitSeq(next - 1, { timeoutMs }))
      expectEqual('no stream is behind', behind, 0)
    })
    recordFanOut(fleet, step, first, published)
  }
  try {
    let open = 0
    for (const [index, total] of steps.entries()) {
      const share = shareOf(total, settings.shards, shard.index)
      if (share > open) {
        const added = share - open
        const pace = { perSecond: shard.perSecond, from: next }
        const opened = await phase(`open ${total}`, () => fleet.ramp(added, pace))
        expectEqual('every stream opens', opened.opened, added)
        open = share
      }
      await shard.waitForAll(`open ${index}`)
      if (index === 0 && shard.isLeader && settings.upstreams !== 'any') {
        expectEqual('the back end has one stream', origin.streams(), settings.upstreams)
      }
      sleep(1)
      await measure(`${total} clients, single events`, SINGLE)
      await measure(`${total} clients, ${BURST.perSecond} events/s`, BURST)
    }
  } finally {
    await closeFleet(shard, fleet)
  }
}
