import { sleep } from 'k6'
import http from 'k6/http'

import { expectEqual, isClaimed } from '../lib/journal/checks.ts'
import { runShard } from '../lib/shard/run-shard.ts'
import { phase } from '../lib/timing/phase.ts'
import { shardOptions } from '../lib/settings/k6-options.ts'
import { settings } from '../lib/settings/current-settings.ts'
import { createStore, type Store } from '../lib/servers/store.ts'
import { transcribe } from '../lib/stream/transcript.ts'

export { handleSummary } from '../lib/journal/handle-summary.ts'

const STREAMS = 20
const CHANGES = 10
const LISTEN_MS = 3_000
/** Scheme, host and port of a URL. */
const ORIGIN = /^https?:\/\/[^/]+/

export const options = shardOptions({ checks: ['rate==1'] })

/**
 * The protocol on the wire, by a k6 without the extension: head, methods, and the transcripts of a
 * few streams on several paths.
 */
export default (): Promise<void> => runShard(withStore)

async function withStore(): Promise<void> {
  const store = createStore(settings.store, settings.login)
  try {
    await protocol(store)
  } finally {
    store.removeSections()
  }
}

async function protocol(store: Store): Promise<void> {
  const [target = ''] = settings.targets
  head(target)
  methods(target)

  const first = store.createSections(CHANGES)
  const listening = Array.from({ length: STREAMS }, (_, index) => {
    // [protocol §5.1] The stream is on any path.
    return transcribe(index % 2 === 0 ? target : `${target}any/path/${index}`, LISTEN_MS)
  })
  sleep(1)
  await phase('publish', () => store.publish(first, CHANGES))
  const readings = await phase('listen', () => Promise.all(listening))

  const wanted = Array.from({ length: CHANGES }, (_, index) => {
    return `/webservice/escenic/changelog/section/${first + index}`
  })
  // Each URL begins with the name of the store that the proxy connects to.
  const changes = readings.map((reading) => {
    return reading.events
      .map((event) => ({ ...event, path: event.data.replace(ORIGIN, '') }))
      .filter(({ path }) => wanted.includes(path))
  })
  const inOrder = changes.filter((events) => {
    return events.map(({ path }) => path).join() === wanted.join()
  })
  expectEqual(
    'streams that got each change once, in order, its path byte for byte',
    inOrder.length,
    STREAMS,
  )
  // [protocol §5.9] A proxy that has just connected may send a gap, which has a type.
  expectEqual(
    'changes with a type of their own',
    changes.flat().filter(({ type }) => type !== 'message').length,
    0,
  )
  const events = readings.flatMap((reading) => reading.events)
  if (!isClaimed('ids', 'ids of events')) return
  // [protocol §5.7] Without an id a client could not resume.
  expectEqual(
    'events without an id',
    events.filter(({ lastEventId }) => lastEventId === '').length,
    0,
  )
  const ids = readings.map((reading) => reading.events.map(({ lastEventId }) => lastEventId))
  expectEqual(
    'streams with an id twice',
    ids.filter((all) => new Set(all).size !== all.length).length,
    0,
  )
}

/** [protocol §5.2, §5.12, §5.14] HEAD shows the head of the stream without its endless body. */
function head(target: string): void {
  const { status, headers } = http.head(target)
  expectEqual('status of HEAD', status, 200)
  const isStream = /^text\/event-stream\b/.test(headers['Content-Type'] ?? '')
  expectEqual('HEAD says text/event-stream', isStream ? 1 : 0, 1)
  expectEqual('HEAD says a content coding', headers['Content-Encoding'] === undefined ? 0 : 1, 0)
}

/** [protocol §5.12] */
function methods(target: string): void {
  const { status, headers } = http.post(target, 'x')
  expectEqual('status of POST', status, 405)
  expectEqual('405 names the allowed methods', headers['Allow'] === undefined ? 0 : 1, 1)
}
