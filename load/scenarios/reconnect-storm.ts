import { Fleet } from 'k6/x/ssefleet'

import { closeFleet } from '../lib/shard/close-fleet.ts'
import { expectEqual } from '../lib/journal/checks.ts'
import { runShard } from '../lib/shard/run-shard.ts'
import { measureLatency } from '../lib/timing/measure-latency.ts'
import { createOrigin, ORIGIN_EVENTS } from '../lib/servers/origin.ts'
import type { Shard } from '../lib/shard/shard.ts'
import { pause } from '../lib/timing/pause.ts'
import { phase } from '../lib/timing/phase.ts'
import { shardOptions } from '../lib/settings/k6-options.ts'
import { settings } from '../lib/settings/current-settings.ts'
import { NOTHING_LOST } from '../lib/settings/thresholds.ts'

export { handleSummary } from '../lib/journal/handle-summary.ts'

const MISSED = { count: 200, perSecond: 200 }
/** Events before the storm. During it, live events are sent until it ends. */
const LIVE_EVENTS = 10
const MAX_LIVE_EVENTS = 1_000
/**
 * Live events continue at a rate that leaves a small machine mostly idle: 30,000 deliveries a
 * second.
 */
const LIVE_EVERY_MS = Math.max(100, settings.profile.streams / 30)
/** Connections per second: as fast as possible. */
const ALL_AT_ONCE = { perSecond: 1_000_000 }

export const options = shardOptions(NOTHING_LOST)

/**
 * Some streams are reset, miss 200 events and reconnect all at once, while the others keep
 * receiving live events.
 */
export default (): Promise<void> => runShard(reconnectStorm)

async function reconnectStorm(shard: Shard): Promise<void> {
  const origin = createOrigin(settings.store)
  const fleet = new Fleet({
    url: shard.target,
    transport: settings.transport,
    sequence: {
      pattern: ORIGIN_EVENTS.pattern,
      from: 0,
      count: LIVE_EVENTS + MISSED.count + MAX_LIVE_EVENTS,
    },
    latencyField: ORIGIN_EVENTS.latencyField,
  })
  try {
    const pace = { perSecond: shard.perSecond }
    const opened = await phase('open', () => fleet.ramp(shard.streams, pace))
    expectEqual('every stream opens', opened.opened, shard.streams)
    await shard.waitForAll('open')
    await measureLatency(fleet, 'live events before the storm', async () => {
      if (shard.isLeader) await publishLive(0, (sent) => sent < LIVE_EVENTS)
      await shard.waitForAll('before the storm')
      await awaitArrival('arrive before the storm', LIVE_EVENTS)
    })

    const left = await fleet.drop(settings.profile.stormFraction, { how: 'rst' })
    await shard.waitForAll('left')
    if (shard.isLeader) await origin.publish({ first: LIVE_EVENTS, ...MISSED })
    await shard.waitForAll('missed')
    const missed = LIVE_EVENTS + MISSED.count
    await awaitArrival('arrive at the others', missed)
    await shard.waitForAll('storm')
    await measureLatency(fleet, 'live events during the storm', () => storm(left, missed))

    const { replayed } = fleet.stats()
    const owed = left * MISSED.count
    expectEqual('missed events are replayed', Math.min(replayed, owed), owed)
  } finally {
    await closeFleet(shard, fleet)
  }

  async function storm(left: number, missed: number): Promise<void> {
    const state = { isOver: false }
    const live = shard.isLeader ? publishLive(missed, () => !state.isOver) : Promise.resolve(0)
    await phase('reconnect and replay', async () => {
      const returned = await phase('reconnect all at once', () => fleet.resume(ALL_AT_ONCE))
      expectEqual('every stream reconnects', returned.opened, left)
      await awaitArrival('replay', missed)
      return {}
    })
    await shard.waitForAll('all have reconnected')
    state.isOver = true
    const [sent = 0] = await shard.waitForAll('live events are over', await live)
    await awaitArrival('arrive at all', missed + sent)
  }

  /** Sends events numbered from `first` while the condition is true. Returns their number. */
  async function publishLive(first: number, condition: (sent: number) => boolean): Promise<number> {
    const begunMs = Date.now()
    let sent = 0
    while (condition(sent) && sent < MAX_LIVE_EVENTS) {
      // By schedule: an event that the origin sends late must not look like one that was due late.
      const startMs = begunMs + sent * LIVE_EVERY_MS
      await pause(Math.max(0, startMs - Date.now()))
      await origin.publish({ first: first + sent, count: 1, perSecond: 1_000, startMs })
      sent++
    }
    return sent
  }

  /** Waits until every stream has all numbers below `end`. */
  async function awaitArrival(name: string, end: number): Promise<void> {
    const timeoutMs = settings.patienceMs
    const { behind } = await phase(name, () => fleet.awaitSeq(end - 1, { timeoutMs }))
    expectEqual(`${name}: no stream is behind`, behind, 0)
  }
}
