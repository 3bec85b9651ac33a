import { sleep } from 'k6'
import { Fleet } from 'k6/x/ssefleet'

import { expectEqual, isClaimed } from '../lib/journal/checks.ts'
import { record } from '../lib/journal/journal.ts'
import { compareWithProxy } from '../lib/servers/compare-with-proxy.ts'
import { settings } from '../lib/settings/current-settings.ts'
import { shardOptions } from '../lib/settings/k6-options.ts'
import { NOTHING_LOST } from '../lib/settings/thresholds.ts'
import { closeFleet } from '../lib/shard/close-fleet.ts'
import { runShard } from '../lib/shard/run-shard.ts'
import type { Shard } from '../lib/shard/shard.ts'
import { phase } from '../lib/timing/phase.ts'

export { handleSummary } from '../lib/journal/handle-summary.ts'

export const options = shardOptions(NOTHING_LOST)

const { listenMs, patienceMs, heartbeatMs } = settings
/**
 * An event on its way while streams open or close may reach some of them only. What arrives within
 * this time of either is not judged.
 */
const MARGIN_MS = Math.min(patienceMs, 5_000)

/**
 * Listens to a proxy whose back end cannot be asked or edited: each stream is judged against all
 * others. The runner compares what the shards have recorded.
 */
export default (): Promise<void> => runShard(listen)

async function listen(shard: Shard): Promise<void> {
  const fleet = new Fleet({
    url: shard.target,
    transport: settings.transport,
    ids: settings.claims.includes('ids') ? 'advancing' : 'any',
    observe: true,
  })
  try {
    const pace = { perSecond: shard.perSecond }
    const { opened } = await phase('open', () => fleet.ramp(shard.streams, pace))
    expectEqual('every stream opens', opened, shard.streams)
    await shard.waitForAll('all are open')
    if (shard.isLeader) compareWithProxy('when all are open')
    sleep(MARGIN_MS / 1000)
    await shard.waitForAll('listen')
    const fromMs = Date.now()
    await phase('listen', () => stay(shard, fleet), listenMs)
    await shard.waitForAll('listened')
    const toMs = Date.now()
    sleep(MARGIN_MS / 1000)
    const { open, idFaults, longestSilenceMs } = fleet.stats()
    expectEqual('every stream is still open', open, shard.streams)
    if (isClaimed('ids', 'ids of events')) {
      expectEqual('events that do not change the last id', idFaults, 0)
    }
    judgeSilence(longestSilenceMs)
    recordSequences(shard, fleet, fromMs, toMs)
    if (shard.isLeader) compareWithProxy('at the end')
    await shard.waitForAll('end')
  } finally {
    await closeFleet(shard, fleet)
  }
}

/** A tenth of the streams is away in the middle third, if it can get what it missed. */
async function stay(shard: Shard, fleet: Fleet): Promise<object> {
  if (!isClaimed('replay', 'streams that reconnect get what they missed')) {
    sleep(listenMs / 1000)
    return { open: fleet.stats().open }
  }
  sleep(listenMs / 3000)
  const left = await fleet.drop(settings.profile.dropFraction)
  sleep(listenMs / 3000)
  const { opened } = await fleet.resume({ perSecond: shard.perSecond })
  expectEqual('every disconnected stream reconnects', opened, left)
  sleep(listenMs / 3000)
  return { open: fleet.stats().open, away: left }
}

function judgeSilence(longestSilenceMs: number): void {
  if (heartbeatMs === undefined) {
    const text = `heartbeats: --heartbeat does not say how often (longest silence: ${seconds(longestSilenceMs)})`
    record({ kind: 'skip', text })
    return
  }
  // Half as long again: a heartbeat is due then, and not yet there.
  const isAlive = longestSilenceMs <= heartbeatMs * 1.5
  expectEqual(
    `no stream is silent for longer than ${seconds(heartbeatMs * 1.5)}`,
    isAlive ? 1 : 0,
    1,
  )
  if (!isAlive)
    record({ kind: 'fault', text: `a stream was silent for ${seconds(longestSilenceMs)}` })
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`
}

function recordSequences(shard: Shard, fleet: Fleet, fromMs: number, toMs: number): void {
  const { isWhole, contents, groups } = fleet.sequences()
  expectEqual('all events are recorded', isWhole ? 1 : 0, 1)
  for (const { streams, example, events } of groups) {
    record({
      kind: 'sequence',
      fromMs,
      toMs,
      streams,
      example: `shard ${shard.index}, stream ${example}`,
      events: events.map(({ content, firstMs, lastMs }) => {
        return { text: contents[content] ?? '', firstMs, lastMs }
      }),
    })
  }
}
