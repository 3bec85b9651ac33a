import { Fleet } from 'k6/x/ssefleet'

import {
  type Asking,
  type ChangeLogClient,
  createChangeLogClient,
} from '../lib/change-log-client.ts'
import { endPart } from '../lib/end-part.ts'
import { completed, expect } from '../lib/expect.ts'
import { note } from '../lib/journal.ts'
import { currentPart } from '../lib/part.ts'
import { pause } from '../lib/pause.ts'
import { phase } from '../lib/phase.ts'
import { partsOf } from '../lib/run-options.ts'
import { readSettings } from '../lib/settings.ts'
import { createStore } from '../lib/store.ts'
import { summarise } from '../lib/summary.ts'

const settings = readSettings(__ENV)

const CHANGES = 20
const CHANGE_EVERY_MS = 500
const POLL_EVERY_MS = 1_000

export const options = partsOf(settings, { checks: ['rate==1'] })

/** The same changes followed by polling the newest page, by polling `previous`, and by the event stream with a poll for each event. */
export default async function pollingCost(): Promise<void> {
  const part = currentPart(settings)
  const store = createStore(settings.store, settings.login)
  const first = store.createSections(3 * CHANGES)
  const log = store.publicationLog()
  const fleet = new Fleet({
    url: part.target,
    sequence: { pattern: 'changelog/section/(\\d+)$', from: first, count: 3 * CHANGES },
  })
  try {
    await followByPolling('newest page', first)
    await followByPolling('previous', first + CHANGES)
    await followByEvents(first + 2 * CHANGES)
    completed()
  } finally {
    await endPart(part, fleet)
  }

  async function change(from: number): Promise<void> {
    for (let section = from; section < from + CHANGES; section++) {
      store.publish(section, 1)
      await pause(CHANGE_EVERY_MS)
    }
  }

  async function followByPolling(asking: Asking, from: number): Promise<void> {
    const clients = createClients(asking)
    const latenessMs: number[] = []
    const follow = { isOver: false }
    await Promise.all(clients.map((client) => client.poll()))
    await phase(`poll ${asking}`, async () => {
      const before = sumOf(clients)
      const following = clients.map(async (client, index) => {
        await pause((index / clients.length) * POLL_EVERY_MS)
        while (!follow.isOver) {
          latenessMs.push(...(await client.poll()))
          await pause(POLL_EVERY_MS)
        }
      })
      await change(from)
      await pause(2 * POLL_EVERY_MS)
      follow.isOver = true
      await Promise.all(following)
      return difference(sumOf(clients), before)
    })
    report(`poll ${asking} every ${POLL_EVERY_MS} ms`, latenessMs)
    expect(`poll ${asking}: changes that clients saw`, latenessMs.length, clients.length * CHANGES)
  }

  async function followByEvents(from: number): Promise<void> {
    const clients = createClients('previous')
    await Promise.all(clients.map((client) => client.poll()))
    await fleet.ramp(part.streams, { from, perSecond: part.perSecond })
    const latenessMs: number[] = []
    await phase('event stream', async () => {
      const before = sumOf(clients)
      const changing = change(from)
      for (let number = from; number < from + CHANGES; number++) {
        await fleet.awaitSeq(number, { timeoutMs: settings.patienceMs })
        const seen = await Promise.all(clients.map((client) => client.poll()))
        latenessMs.push(...seen.flat())
      }
      await changing
      return difference(sumOf(clients), before)
    })
    report('event stream, then previous', latenessMs)
    expect('event stream: changes that clients saw', latenessMs.length, clients.length * CHANGES)
  }

  function createClients(asking: Asking): readonly ChangeLogClient[] {
    return Array.from({ length: part.streams }, () => {
      return createChangeLogClient(log, store.authorization, asking)
    })
  }
}

function sumOf(clients: readonly ChangeLogClient[]): {
  readonly requests: number
  readonly bytes: number
} {
  return {
    requests: clients.reduce((sum, { requests }) => sum + requests, 0),
    bytes: clients.reduce((sum, { bytes }) => sum + bytes, 0),
  }
}

function difference(now: ReturnType<typeof sumOf>, before: ReturnType<typeof sumOf>) {
  return { requests: now.requests - before.requests, bytes: now.bytes - before.bytes }
}

function report(step: string, latenessMs: readonly number[]): void {
  const counts = new Map<number, number>()
  for (const ms of latenessMs) counts.set(ms, (counts.get(ms) ?? 0) + 1)
  const buckets = [...counts].map(([ms, count]) => ({ upToMicros: ms * 1000, count }))
  note({ kind: 'latency', step, buckets })
}

export function handleSummary(data: Parameters<typeof summarise>[0]): Record<string, string> {
  return summarise(data, settings.summaryPath)
}
