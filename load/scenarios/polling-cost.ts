import { Fleet } from 'k6/x/ssefleet'

import {
  type ChangeLogClient,
  type ChangeLogOptions,
  createChangeLogClient,
} from '../lib/change-log-client.ts'
import { endPart } from '../lib/end-part.ts'
import { completed, expect } from '../lib/expect.ts'
import { note } from '../lib/journal.ts'
import { currentPart } from '../lib/part.ts'
import { pause } from '../lib/pause.ts'
import { phase } from '../lib/phase.ts'
import { FOLLOWING, PACES, type Pace, stepOf } from '../lib/polling.ts'
import { partsOf } from '../lib/run-options.ts'
import { readSettings } from '../lib/settings.ts'
import { createStore } from '../lib/store.ts'
import { summarise } from '../lib/summary.ts'

const settings = readSettings(__ENV)

const POLL_EVERY_MS = 1_000
/** For each pace and way the changes, and one that lets go those who are held. */
const SECTIONS = PACES.reduce((sum, { changes }) => sum + FOLLOWING.length * (changes + 1), 0)

export const options = partsOf(settings, { checks: ['rate==1'] })

/** The same changes followed in four ways: polling the newest page, polling `previous`, long polling, and the event stream. */
export default async function pollingCost(): Promise<void> {
  if (settings.parts > 1) throw new Error('polling-cost has one part: at most 1,000 --streams')
  const part = currentPart(settings)
  const store = createStore(settings.store, settings.login)
  let next = store.createSections(SECTIONS)
  const logUrl = store.publicationLog()
  const fleet = new Fleet({
    url: part.target,
    sequence: { pattern: 'changelog/section/(\\d+)$', from: next, count: SECTIONS },
  })
  try {
    for (const pace of PACES) {
      await followByAsking('newest page', pace, { asking: 'newest page' })
      await followByAsking('previous', pace, { asking: 'previous' })
      if (settings.longPoll === undefined) continue
      await followByAsking('long polling', pace, { asking: 'previous', via: settings.longPoll })
    }
    await fleet.ramp(part.streams, { from: next, perSecond: part.perSecond })
    for (const pace of PACES) await followByEvents(pace)
    completed()
  } finally {
    await endPart(part, fleet)
  }

  async function change({ changes, everyMs }: Pace): Promise<void> {
    for (let made = 0; made < changes; made++) {
      store.publish(next++, 1)
      await pause(everyMs)
    }
  }

  async function followByAsking(
    way: (typeof FOLLOWING)[number],
    pace: Pace,
    asking: Pick<ChangeLogOptions, 'asking' | 'via'>,
  ): Promise<void> {
    const clients = await createClients(asking.asking, asking.via)
    // Who is held has waited already.
    const restMs = asking.via === undefined ? POLL_EVERY_MS : 0
    const latenessMs: number[] = []
    const follow = { isOver: false }
    const follows = async (client: ChangeLogClient, index: number): Promise<void> => {
      await pause((index / clients.length) * restMs)
      while (!follow.isOver) {
        const seen = await client.poll()
        if (!follow.isOver) latenessMs.push(...seen)
        await pause(restMs)
      }
    }
    const before = sumOf(clients)
    const following = clients.map(follows)
    await phase(stepOf(pace, way), async () => {
      await change(pace)
      await pause(2 * POLL_EVERY_MS)
      return difference(sumOf(clients), before)
    })
    follow.isOver = true
    store.publish(next++, 1)
    await Promise.all(following)
    report(pace, way, clients.length, latenessMs)
  }

  async function followByEvents(pace: Pace): Promise<void> {
    const clients = await createClients('previous', undefined)
    const latenessMs: number[] = []
    await phase(stepOf(pace, 'event stream'), async () => {
      const before = sumOf(clients)
      const { bytes } = fleet.stats()
      const last = next + pace.changes
      const changing = change(pace)
      for (let number = last - pace.changes; number < last; number++) {
        await fleet.awaitSeq(number, { timeoutMs: settings.patienceMs })
        const seen = await Promise.all(clients.map((client) => client.poll()))
        latenessMs.push(...seen.flat())
      }
      await changing
      const spent = difference(sumOf(clients), before)
      return { ...spent, bytes: spent.bytes + fleet.stats().bytes - bytes }
    })
    report(pace, 'event stream', clients.length, latenessMs)
  }

  /** Clients that know the newest change, and ask for what comes after it. */
  async function createClients(
    asking: ChangeLogOptions['asking'],
    via: string | undefined,
  ): Promise<readonly ChangeLogClient[]> {
    const { authorization } = store
    const clients = Array.from({ length: part.streams }, () => {
      return createChangeLogClient({ logUrl, authorization, asking, via })
    })
    await Promise.all(clients.map((client) => client.poll()))
    return clients
  }
}

function sumOf(clients: readonly ChangeLogClient[]) {
  return {
    requests: clients.reduce((sum, { requests }) => sum + requests, 0),
    bytes: clients.reduce((sum, { bytes }) => sum + bytes, 0),
  }
}

function difference(now: ReturnType<typeof sumOf>, before: ReturnType<typeof sumOf>) {
  return { requests: now.requests - before.requests, bytes: now.bytes - before.bytes }
}

function report(
  pace: Pace,
  way: (typeof FOLLOWING)[number],
  clients: number,
  latenessMs: readonly number[],
): void {
  const step = stepOf(pace, way)
  const counts = new Map<number, number>()
  for (const ms of latenessMs) counts.set(ms, (counts.get(ms) ?? 0) + 1)
  const buckets = [...counts].map(([ms, count]) => ({ upToMicros: ms * 1000, count }))
  note({ kind: 'latency', step, buckets })
  expect(`${step}: changes that clients saw`, latenessMs.length, clients * pace.changes)
}

export function handleSummary(data: Parameters<typeof summarise>[0]): Record<string, string> {
  return summarise(data, settings.summaryPath)
}
