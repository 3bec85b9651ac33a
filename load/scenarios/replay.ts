import { sleep } from 'k6'

import type { StreamEvent } from '../lib/event-reader.ts'
import { completed, expect } from '../lib/expect.ts'
import { phase } from '../lib/phase.ts'
import { partsOf } from '../lib/run-options.ts'
import { readSettings } from '../lib/settings.ts'
import { createStore } from '../lib/store.ts'
import { summarise } from '../lib/summary.ts'
import { transcribe } from '../lib/transcript.ts'

const settings = readSettings(__ENV)

const CHANGES = 10
const LISTEN_MS = 2_500

export const options = partsOf(settings, { checks: ['rate==1'] })

/** From each id that a stream has seen, a returning client gets exactly what followed, by a k6 without extension. */
export default async function replay(): Promise<void> {
  const [target = ''] = settings.targets
  const store = createStore(settings.store, settings.login)
  const first = store.createSections(CHANGES)
  const listening = transcribe(target, LISTEN_MS)
  sleep(1)
  await phase('publish', () => store.publish(first, CHANGES))
  const { events } = await phase('listen', () => listening)
  const isWhole =
    events.filter(({ data }) => data.includes('/changelog/section/')).length === CHANGES
  expect('the transcript has every change', isWhole ? 1 : 0, 1)

  const returns = await phase('return to each place', () => {
    return Promise.all(events.map(({ lastEventId }) => transcribe(target, LISTEN_MS, lastEventId)))
  })
  const exact = returns.filter((reading, index) => {
    return textOf(reading.events) === textOf(events.slice(index + 1))
  })
  expect('places from which the replay is exact, ids included', exact.length, events.length)

  // [protocol §5.16] For clients that cannot set a header.
  const lastEventId = events[0]?.lastEventId ?? ''
  const separator = target.includes('?') ? '&' : '?'
  const query = `${target}${separator}lastEventId=${encodeURIComponent(lastEventId)}`
  const byQuery = await phase('return by query', () => transcribe(query, LISTEN_MS))
  const isSame = textOf(byQuery.events) === textOf(events.slice(1))
  expect('the query lastEventId stands in for the header', isSame ? 1 : 0, 1)

  // [protocol §5.8] Clients without the header start with the next event.
  const fresh = await phase('come anew', () => transcribe(target, LISTEN_MS))
  expect('events that a new client is sent from the past', fresh.events.length, 0)
  completed()
}

function textOf(events: readonly StreamEvent[]): string {
  return JSON.stringify(events)
}

export function handleSummary(data: Parameters<typeof summarise>[0]): Record<string, string> {
  return summarise(data, settings.summaryPath)
}
