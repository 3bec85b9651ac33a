import { sleep } from 'k6'
import http from 'k6/http'

import { completed, expect } from '../lib/expect.ts'
import { phase } from '../lib/phase.ts'
import { partsOf } from '../lib/run-options.ts'
import { readSettings } from '../lib/settings.ts'
import { createStore } from '../lib/store.ts'
import { summarise } from '../lib/summary.ts'
import { transcribe } from '../lib/transcript.ts'

const settings = readSettings(__ENV)

const STREAMS = 20
const CHANGES = 10
const LISTEN_MS = 3_000

export const options = partsOf(settings, { checks: ['rate==1'] })

/** What the wire says, by a k6 without extension: head, methods, and the transcripts of a few streams on several paths. */
export default async function protocol(): Promise<void> {
  const [target = ''] = settings.targets
  head(target)
  methods(target)

  const store = createStore(settings.store, settings.login)
  const first = store.createSections(CHANGES)
  const listening = Array.from({ length: STREAMS }, (_, index) => {
    // [protocol §5.1] The stream is on any path.
    return transcribe(index % 2 === 0 ? target : `${target}any/path/${index}`, LISTEN_MS)
  })
  sleep(1)
  await phase('publish', () => store.publish(first, CHANGES))
  const readings = await phase('listen', () => Promise.all(listening))

  const wanted = Array.from({ length: CHANGES }, (_, index) => {
    return `${settings.store}/webservice/escenic/changelog/section/${first + index}`
  })
  const numbered = readings.map(({ events }) => events.filter(({ data }) => wanted.includes(data)))
  const inOrder = numbered.filter(
    (events) => events.map(({ data }) => data).join() === wanted.join(),
  )
  expect(
    'streams that got each change once, in order, its data byte for byte',
    inOrder.length,
    STREAMS,
  )
  const events = readings.flatMap((reading) => reading.events)
  expect(
    'events with a type of their own',
    events.filter(({ type }) => type !== 'message').length,
    0,
  )
  // [protocol §5.7] Without an id a client could not come back to where it was.
  expect('events without an id', events.filter(({ lastEventId }) => lastEventId === '').length, 0)
  const ids = readings.map((reading) => reading.events.map(({ lastEventId }) => lastEventId))
  expect(
    'streams with an id twice',
    ids.filter((all) => new Set(all).size !== all.length).length,
    0,
  )
  completed()
}

/** [protocol §5.2, §5.12, §5.14] HEAD shows the head of the stream without its endless body. */
function head(target: string): void {
  const { status, headers } = http.head(target)
  expect('status of HEAD', status, 200)
  const isStream = /^text\/event-stream\b/.test(headers['Content-Type'] ?? '')
  expect('HEAD says text/event-stream', isStream ? 1 : 0, 1)
  expect('HEAD says a content coding', headers['Content-Encoding'] === undefined ? 0 : 1, 0)
}

/** [protocol §5.12] */
function methods(target: string): void {
  const { status, headers } = http.post(target, 'x')
  expect('status of POST', status, 405)
  expect('405 names the methods that are allowed', headers['Allow'] === undefined ? 0 : 1, 1)
}

export function handleSummary(data: Parameters<typeof summarise>[0]): Record<string, string> {
  return summarise(data, settings.summaryPath)
}
