import { Fleet } from 'k6/x/ssefleet'

import { closeFleet } from '../lib/shard/close-fleet.ts'
import { expectEqual } from '../lib/journal/checks.ts'
import { runShard } from '../lib/shard/run-shard.ts'
import { record } from '../lib/journal/journal.ts'
import type { Shard } from '../lib/shard/shard.ts'
import { phase } from '../lib/timing/phase.ts'
import { shardOptions } from '../lib/settings/k6-options.ts'
import { settings } from '../lib/settings/current-settings.ts'
import { createStore } from '../lib/servers/store.ts'
import { NOTHING_LOST } from '../lib/settings/thresholds.ts'

export { handleSummary } from '../lib/journal/handle-summary.ts'

/** [protocol §3.7] Connections that the store's web server accepts, the proxy's own included. */
const STORE_CONNECTIONS = 200
const FEED_TIMEOUT_MS = 2_000

// This scenario is about streams that the store does not answer.
export const options = shardOptions({
  ...NOTHING_LOST,
  sse_connect_ok: [],
  sse_plateau_ok: [],
})

/**
 * Direct clients use all of the store's connections, so that even a feed must wait. Clients of the
 * proxy share one.
 */
export default (): Promise<void> => runShard(storeLimit)

async function storeLimit(shard: Shard): Promise<void> {
  const store = createStore(settings.store, settings.login)
  const through = new Fleet({ url: shard.target, transport: settings.transport })
  try {
    if (shard.isLeader) await stallTheStore()
    await shard.waitForAll('direct clients are disconnected')
    const pace = { perSecond: shard.perSecond }
    const opened = await phase('open through the proxy', () => through.ramp(shard.streams, pace))
    expectEqual('every stream opens through the proxy', opened.opened, shard.streams)
    await shard.waitForAll('open')
    if (shard.isLeader) {
      const { tookMs } = await phase('feed, all through the proxy', () =>
        store.readFeed(FEED_TIMEOUT_MS),
      )
      expectEqual('a feed is answered while all are open', tookMs < FEED_TIMEOUT_MS ? 1 : 0, 1)
      expectEqual('the store has one stream', store.streamsWithin(1, settings.patienceMs), 1)
    }
    await shard.waitForAll('end')
  } finally {
    await closeFleet(shard, through)
  }

  async function stallTheStore(): Promise<void> {
    const direct = new Fleet({
      url: `${settings.store}/webservice/escenic/changelog/sse`,
      headers: { Authorization: store.authorization },
      openTimeoutMs: FEED_TIMEOUT_MS,
    })
    try {
      // One connection is the proxy's, and one is left for the feed.
      const before = STORE_CONNECTIONS - 2
      const opened = await phase(`open ${before} direct clients`, () => direct.ramp(before))
      expectEqual(`${before} direct clients open`, opened.opened, before)
      const free = await phase('feed, one connection left', () => store.readFeed(FEED_TIMEOUT_MS))
      expectEqual('a feed is answered while a connection is left', free.isAnswered, 1)
      await phase('open 2 more direct clients', () => direct.ramp(2))
      const full = await phase('feed, no connection left', () => store.readFeed(FEED_TIMEOUT_MS))
      expectEqual('a feed waits when none is left', full.isAnswered, 0)
    } finally {
      for (const text of direct.stats().faults.slice(0, 1))
        record({ kind: 'fault', text: `expected: direct ${text}` })
      await direct.close()
    }
    const after = await phase('feed, direct clients disconnected', () =>
      store.readFeed(FEED_TIMEOUT_MS * 5),
    )
    expectEqual('a feed is answered again when they have disconnected', after.isAnswered, 1)
  }
}
