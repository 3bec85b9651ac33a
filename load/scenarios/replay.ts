import { sleep } from 'k6'

import type { StreamEvent } from '../lib/stream/event-reader.ts'
import { expectEqual } from '../lib/journal/checks.ts'
import { runShard } from '../lib/shard/run-shard.ts'
import { phase } from '../lib/timing/phase.ts'
import { shardOptions } from '../lib/settings/k6-options.ts'
import { settings } from '../lib/settings/current-settings.ts'
import { createStore, type Store } from '../lib/servers/store.ts'
import { transcribe } from '../lib/stream/transcript.ts'

export { handleSummary } from '../lib/journal/handle-summary.ts'

const CHANGES = 10
const LISTEN_MS = 2_500

export const options = shardOptions({ checks: ['rate==1'] })

/**
 * From each id of a stream, a reconnecting client gets exactly the later events. Uses a k6 without
 * the extension.
 */
export default (): Promise<void> => runShard(withStore)

async function withStore(): Promise<void> {
  const store = createStore(settings.store, settings.login)
  try {
    await replay(store)
  } finally {
    store.removeSections()
  }
}

async function replay(store: Store): Promise<void> {
  const [target = ''] = settings.targets
  const first = store.createSections(CHANGES)
  const listening = transcribe(target, LISTEN_MS)
  sleep(1)
  await phase('publish', () => store.publish(first, CHANGES))
  const { events } = await phase('listen', () => listening)
  const isWhole =
    events.filter(({ data }) => data.includes('/changelog/section/')).length === CHANGES
  expectEqual('the transcript has every change', isWhole ? 1 : 0, 1)

  const returns = await phase('reconnect with each id', () => {
    return Promise.all(events.map(({ lastEventId }) => transcribe(target, LISTEN_MS, lastEventId)))
  })
  const exact = returns.filter((reading, index) => {
    return textOf(reading.events) === textOf(events.slice(index + 1))
  })
  expectEqual('ids from which the replay is exact, ids included', exact.length, events.length)

  // [protocol §5.16] For clients that cannot set a header.
  const lastEventId = events[0]?.lastEventId ?? ''
  const separator = target.includes('?') ? '&' : '?'
  const query = `${target}${separator}lastEventId=${encodeURIComponent(lastEventId)}`
  const byQuery = await phase('reconnect by query', () => transcribe(query, LISTEN_MS))
  const isSame = textOf(byQuery.events) === textOf(events.slice(1))
  expectEqual('the query lastEventId replaces the header', isSame ? 1 : 0, 1)

  // [protocol §5.8] Clients without the header start with the next event.
  const fresh = await phase('connect without an id', () => transcribe(target, LISTEN_MS))
  expectEqual('old events that a new client gets', fresh.events.length, 0)
}

function textOf(events: readonly StreamEvent[]): string {
  return JSON.stringify(events)
}
