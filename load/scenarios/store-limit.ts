import { Fleet } from 'k6/x/ssefleet'

import { endPart } from '../lib/end-part.ts'
import { completed, expect } from '../lib/expect.ts'
import { note } from '../lib/journal.ts'
import { currentPart } from '../lib/part.ts'
import { phase } from '../lib/phase.ts'
import { partsOf } from '../lib/run-options.ts'
import { readSettings } from '../lib/settings.ts'
import { createStore } from '../lib/store.ts'
import { summarise } from '../lib/summary.ts'
import { NOTHING_LOST } from '../lib/thresholds.ts'

const settings = readSettings(__ENV)

/** [protocol §3.7] About as many connections as the store's web server takes, the proxy's own among them. */
const STORE_CONNECTIONS = 200
const FEED_TIMEOUT_MS = 2_000

// Streams that the store leaves waiting are what this is about.
export const options = partsOf(settings, {
  ...NOTHING_LOST,
  sse_connect_ok: [],
  sse_plateau_ok: [],
})

/** Direct clients take all of the store's connections, and then even a feed has to wait; clients of the proxy take one. */
export default async function storeLimit(): Promise<void> {
  const part = currentPart(settings)
  const store = createStore(settings.store, settings.login)
  const through = new Fleet({ url: part.target, transport: settings.transport })
  try {
    if (part.isLead) await stallTheStore()
    await part.meet('the store is free')
    const pace = { perSecond: part.perSecond }
    const opened = await phase('open through the proxy', () => through.ramp(part.streams, pace))
    expect('every stream opens through the proxy', opened.opened, part.streams)
    await part.meet('open')
    if (part.isLead) {
      const { tookMs } = await phase('feed, all through the proxy', () =>
        store.readFeed(FEED_TIMEOUT_MS),
      )
      expect('a feed is answered while all are open', tookMs < FEED_TIMEOUT_MS ? 1 : 0, 1)
      expect('the store holds one stream', store.streamsWithin(1, settings.patienceMs), 1)
    }
    await part.meet('end')
    completed()
  } finally {
    await endPart(part, through)
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
      expect(`${before} direct clients open`, opened.opened, before)
      const free = await phase('feed, one connection left', () => store.readFeed(FEED_TIMEOUT_MS))
      expect('a feed is answered while a connection is left', free.isAnswered, 1)
      await phase('open 2 more direct clients', () => direct.ramp(2))
      const full = await phase('feed, no connection left', () => store.readFeed(FEED_TIMEOUT_MS))
      expect('a feed waits when none is left', full.isAnswered, 0)
    } finally {
      for (const text of direct.stats().faults.slice(0, 1))
        note({ kind: 'fault', text: `as it has to be: direct ${text}` })
      await direct.close()
    }
    const after = await phase('feed, direct clients gone', () =>
      store.readFeed(FEED_TIMEOUT_MS * 5),
    )
    expect('a feed is answered again when they have gone', after.isAnswered, 1)
  }
}

export function handleSummary(data: Parameters<typeof summarise>[0]): Record<string, string> {
  return summarise(data, settings.summaryPath)
}
