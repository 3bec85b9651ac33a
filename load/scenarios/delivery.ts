import { sleep } from 'k6'
import { Fleet } from 'k6/x/ssefleet'

import { expectEqual, isClaimed } from '../lib/journal/checks.ts'
import { runShard } from '../lib/shard/run-shard.ts'
import { compareWithProxy } from '../lib/servers/compare-with-proxy.ts'
import { createStore, type Store } from '../lib/servers/store.ts'
import { settings } from '../lib/settings/current-settings.ts'
import { shardOptions } from '../lib/settings/k6-options.ts'
import { NOTHING_LOST } from '../lib/settings/thresholds.ts'
import { closeFleet } from '../lib/shard/close-fleet.ts'
import type { Shard } from '../lib/shard/shard.ts'
import { recordDelays } from '../lib/timing/measure-latency.ts'
import { phase } from '../lib/timing/phase.ts'

export { handleSummary } from '../lib/journal/handle-summary.ts'

export const options = shardOptions(NOTHING_LOST)

const { profile, patienceMs } = settings
/** Changes that some streams can only get by replay. */
const AWAY_CHANGES = settings.claims.includes('replay') ? profile.awayChanges : 0
const CHANGES_PER_ROUND = profile.liveChanges + AWAY_CHANGES + profile.lateChanges

/**
 * The scenarios `smoke`, `scaling`, `hierarchy` and `soak`: numbered changes in the store. Every
 * stream is judged while all are connected, while some are disconnected, and after those have
 * reconnected. No event may be lost, duplicated or reordered, and the number of streams must not
 * affect the store.
 */
export default (): Promise<void> => runShard(delivery)

async function delivery(shard: Shard): Promise<void> {
  const store = createStore(settings.store, settings.login)
  const count = CHANGES_PER_ROUND * profile.rounds
  const [from = 0] = await shard.waitForAll(
    'start',
    shard.isLeader ? store.createSections(count) : 0,
  )
  const fleet = new Fleet({
    url: shard.target,
    transport: settings.transport,
    sequence: { pattern: 'changelog/section/(\\d+)$', from, count },
  })
  try {
    await open(shard, store, fleet)
    for (let round = 1; round <= profile.rounds; round++) {
      const first = from + (round - 1) * CHANGES_PER_ROUND
      if (!(await deliverRound(shard, store, fleet, first, round))) {
        throw new Error(`a stream is behind in round ${round}`)
      }
    }
    const { events, unnumbered, open: stillOpen } = fleet.stats()
    expectEqual('each stream received each change', events - unnumbered, shard.streams * count)
    expectEqual('every stream is still open', stillOpen, shard.streams)
    await shard.waitForAll('all rounds')
    if (shard.isLeader) compareWithProxy('at the end')
    await shard.waitForAll('end')
  } finally {
    await closeFleet(shard, fleet)
    store.removeSections()
  }
}

async function open(shard: Shard, store: Store, fleet: Fleet): Promise<void> {
  const pace = { perSecond: shard.perSecond }
  const { opened } = await phase('open', () => fleet.ramp(shard.streams, pace))
  expectEqual('every stream opens', opened, shard.streams)
  await shard.waitForAll('all are open')
  if (!shard.isLeader) return
  compareWithProxy('when all are open')
  if (settings.upstreams === 'any') return
  const streams = store.streamsWithin(settings.upstreams, patienceMs)
  expectEqual('the store has the expected number of streams', streams, settings.upstreams)
}

/** False: a stream is behind, and every later check would only repeat that. */
async function deliverRound(
  shard: Shard,
  store: Store,
  fleet: Fleet,
  first: number,
  round: number,
): Promise<boolean> {
  const hold = () => {
    sleep(profile.holdMs / 1000)
    return { open: fleet.stats().open }
  }
  await phase('hold', hold, profile.holdMs)
  let next = first
  let dueMs: readonly number[] = []
  const awaitArrival = async (name: string): Promise<boolean> => {
    const { behind } = await phase(`arrive ${name}`, () => {
      return fleet.awaitSeq(next - 1, { timeoutMs: patienceMs })
    })
    expectEqual(`${name}: no stream is behind`, behind, 0)
    const behindByShard = await shard.waitForAll(`arrived ${name} ${round}`, behind)
    return behindByShard.every((streams) => streams === 0)
  }
  /** Makes changes and waits until every stream has received them. */
  const publish = async (name: string, changes: number): Promise<boolean> => {
    await shard.waitForAll(`before ${name} ${round}`)
    const begin = next
    next += changes
    if (shard.isLeader) {
      const published = await phase(`publish ${name}`, () => store.publish(begin, changes))
      dueMs = published.dueMs
    }
    dueMs = await shard.shareList(`published ${name} ${round}`, dueMs)
    const isWhole = await awaitArrival(name)
    recordDelays(fleet, `${name}, last stream of a shard`, begin, dueMs, shard.isLeader)
    return isWhole
  }

  if (!(await publish('live', profile.liveChanges))) return false
  if (!isClaimed('replay', 'streams that reconnect get what they missed')) {
    return publish('afterwards', profile.lateChanges)
  }

  const before = fleet.stats().replayed
  const left = await fleet.drop(profile.dropFraction)
  expectEqual(
    'a fraction of the streams disconnects',
    left,
    Math.floor(shard.streams * profile.dropFraction),
  )
  if (!(await publish('while some are disconnected', AWAY_CHANGES))) return false

  const returned = await phase('return', () => fleet.resume({ perSecond: shard.perSecond }))
  expectEqual('every disconnected stream reconnects', returned.opened, left)
  const isReplayed = await awaitArrival('by replay')
  const replayed = fleet.stats().replayed - before
  expectEqual('missed changes are replayed exactly', replayed, left * AWAY_CHANGES)
  return isReplayed && (await publish('after the reconnect', profile.lateChanges))
}
