import { Fleet } from 'k6/x/ssefleet'

import { closeFleet } from '../lib/shard/close-fleet.ts'
import { runShard } from '../lib/shard/run-shard.ts'
import { measureLatency, recordFanOut } from '../lib/timing/measure-latency.ts'
import { ORIGIN_EVENTS } from '../lib/servers/origin.ts'
import { type Shard, shareOf } from '../lib/shard/shard.ts'
import { phase } from '../lib/timing/phase.ts'
import { eventsOf, type Race, type RaceStep } from '../lib/benchmarks/race.ts'
import { shardOptions } from '../lib/settings/k6-options.ts'
import { settings } from '../lib/settings/current-settings.ts'

export { handleSummary } from '../lib/journal/handle-summary.ts'

const race: Race = JSON.parse(__ENV['RACE'] ?? '{}')

const ALL_AT_ONCE = { perSecond: 1_000_000 }
/**
 * Also bounds the wait for events that never arrive, such as a replay from a server without one.
 */
const PATIENCE = { timeoutMs: settings.patienceMs }

// Events that a peer loses or repeats are results of the benchmark, not failures of the run.
/** The benchmark publishes. */
const NOT_PUBLISHED_HERE = { dueMs: [], sentMs: [] }

export const options = shardOptions({})

/**
 * The clients of `npm run bench -- peers` and `-- proxy`: more and more of them, single events or a
 * number per second, and at the end half of the clients are reset and all reconnect at once.
 */
export default (): Promise<void> => runShard(peers)

async function peers(shard: Shard): Promise<void> {
  const fleet = new Fleet({
    url: shard.target,
    transport: settings.transport,
    sequence: { pattern: ORIGIN_EVENTS.pattern, from: race.first, count: eventsOf(race) },
    latencyField: ORIGIN_EVENTS.latencyField,
  })
  let next = race.first
  try {
    let connected = 0
    for (const step of race.steps) {
      const share = shareOf(step.clients, settings.shards, shard.index)
      const pace = { perSecond: race.connectsPerSecond / settings.shards, from: next }
      if (share > connected) await fleet.ramp(share - connected, pace)
      connected = share
      await measure(step)
    }
    if (race.missed > 0) await storm()
  } finally {
    await closeFleet(shard, fleet)
  }

  async function measure({ name, events }: RaceStep): Promise<void> {
    const first = next
    next += events
    await measureLatency(fleet, name, async () => {
      await shard.waitForAll(`open, ${name}`, fleet.stats().open)
      await shard.waitForAll(`sent, ${name}`)
      await fleet.awaitSeq(next - 1, PATIENCE)
    })
    recordFanOut(fleet, name, first, NOT_PUBLISHED_HERE)
    await shard.waitForAll(`received, ${name}`)
  }

  async function storm(): Promise<void> {
    const left = await fleet.drop(0.5, { how: 'rst' })
    await shard.waitForAll('left', left)
    next += race.missed
    await shard.waitForAll('missed')
    await fleet.awaitSeq(next - 1, PATIENCE)
    await shard.waitForAll('storm')
    const { replayed, duplicates } = fleet.stats()
    await phase('replay', async () => {
      await phase('return', () => fleet.resume(ALL_AT_ONCE))
      await fleet.awaitSeq(next - 1, PATIENCE)
      const after = fleet.stats()
      return {
        owed: left * race.missed,
        replayed: after.replayed - replayed,
        repeated: after.duplicates - duplicates,
      }
    })
  }
}
