import { Fleet } from 'k6/x/ssefleet'

import {
  type ChangeLogClient,
  type ChangeLogOptions,
  createChangeLogClient,
} from '../lib/servers/change-log-client.ts'
import { closeFleet } from '../lib/shard/close-fleet.ts'
import { expectEqual } from '../lib/journal/checks.ts'
import { runShard } from '../lib/shard/run-shard.ts'
import { record } from '../lib/journal/journal.ts'
import type { Shard } from '../lib/shard/shard.ts'
import { pause } from '../lib/timing/pause.ts'
import { phase } from '../lib/timing/phase.ts'
import {
  type Method,
  METHODS,
  PACES,
  type Pace,
  stepName,
} from '../lib/benchmarks/polling-paces.ts'
import { shardOptions } from '../lib/settings/k6-options.ts'
import { settings } from '../lib/settings/current-settings.ts'
import { createStore } from '../lib/servers/store.ts'

export { handleSummary } from '../lib/journal/handle-summary.ts'

const POLL_EVERY_MS = 1_000
/** The changes for each rate and method, plus one that releases long-poll clients. */
const SECTIONS = PACES.reduce((sum, { changes }) => sum + METHODS.length * (changes + 1), 0)

export const options = shardOptions({ checks: ['rate==1'] })

/**
 * The same changes, followed by polling the newest page, polling `previous`, long polling, and the
 * event stream.
 */
export default (): Promise<void> => runShard(pollingCost)

async function pollingCost(shard: Shard): Promise<void> {
  if (settings.shards > 1) throw new Error('polling-cost needs one shard: at most 1,000 --streams')
  const store = createStore(settings.store, settings.login)
  let next = store.createSections(SECTIONS)
  const logUrl = store.publicationLog()
  const fleet = new Fleet({
    url: shard.target,
    sequence: { pattern: 'changelog/section/(\\d+)$', from: next, count: SECTIONS },
  })
  try {
    for (const pace of PACES) {
      await followByPolling('newest page', pace, { page: 'newest page' })
      await followByPolling('previous', pace, { page: 'previous' })
      if (settings.longPoll === undefined) continue
      await followByPolling('long polling', pace, { page: 'previous', via: settings.longPoll })
    }
    await fleet.ramp(shard.streams, { from: next, perSecond: shard.perSecond })
    for (const pace of PACES) await followByEvents(pace)
  } finally {
    await closeFleet(shard, fleet)
    store.removeSections()
  }

  async function change({ changes, everyMs }: Pace): Promise<void> {
    const begunMs = Date.now()
    for (let made = 0; made < changes; made++) {
      // By schedule: a change that the store takes late must not look like one that was made late.
      const dueMs = begunMs + made * everyMs
      await pause(Math.max(0, dueMs - Date.now()))
      store.publish(next++, 1, dueMs)
    }
    await pause(everyMs)
  }

  async function followByPolling(
    method: Method,
    pace: Pace,
    { page, via }: Pick<ChangeLogOptions, 'page' | 'via'>,
  ): Promise<void> {
    const clients = await createClients(page, via)
    // Long-poll clients have already waited.
    const pauseMs = via === undefined ? POLL_EVERY_MS : 0
    const delaysMs: number[] = []
    const state = { isOver: false }
    const follow = async (client: ChangeLogClient, index: number): Promise<void> => {
      await pause((index / clients.length) * pauseMs)
      while (!state.isOver) {
        const seen = await client.poll()
        if (!state.isOver) delaysMs.push(...seen)
        await pause(pauseMs)
      }
    }
    const before = sumOf(clients)
    const following = clients.map(follow)
    await phase(stepName(pace, method), async () => {
      await change(pace)
      await pause(2 * POLL_EVERY_MS)
      return difference(sumOf(clients), before)
    })
    state.isOver = true
    store.publish(next++, 1)
    await Promise.all(following)
    report(pace, method, clients.length, delaysMs)
  }

  async function followByEvents(pace: Pace): Promise<void> {
    const clients = await createClients('previous', undefined)
    const delaysMs: number[] = []
    await phase(stepName(pace, 'event stream'), async () => {
      const before = sumOf(clients)
      const { bytes } = fleet.stats()
      const last = next + pace.changes
      const changing = change(pace)
      for (let number = last - pace.changes; number < last; number++) {
        await fleet.awaitSeq(number, { timeoutMs: settings.patienceMs })
        const seen = await Promise.all(clients.map((client) => client.poll()))
        delaysMs.push(...seen.flat())
      }
      await changing
      const spent = difference(sumOf(clients), before)
      return { ...spent, bytes: spent.bytes + fleet.stats().bytes - bytes }
    })
    report(pace, 'event stream', clients.length, delaysMs)
  }

  /** Clients that know the newest change, and poll for later ones. */
  async function createClients(
    page: ChangeLogOptions['page'],
    via: string | undefined,
  ): Promise<readonly ChangeLogClient[]> {
    const { authorization } = store
    const clients = Array.from({ length: shard.streams }, () => {
      return createChangeLogClient({ logUrl, authorization, page, via })
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

function report(pace: Pace, method: Method, clients: number, delaysMs: readonly number[]): void {
  const step = stepName(pace, method)
  const counts = new Map<number, number>()
  for (const ms of delaysMs) counts.set(ms, (counts.get(ms) ?? 0) + 1)
  const buckets = [...counts].map(([ms, count]) => ({ upToMicros: ms * 1000, count }))
  record({ kind: 'latency', step, buckets })
  expectEqual(`${step}: changes that clients received`, delaysMs.length, clients * pace.changes)
}
