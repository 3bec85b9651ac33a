import { setTimeout as pause } from 'node:timers/promises'

import { waitForAll } from '../../barrier/barrier-client.ts'
import { startBarrierServer } from '../../barrier/barrier-server.ts'
import { LoadError } from '../../errors.ts'
import type { Failover } from '../../lib/benchmarks/failover.ts'
import type { JournalEntry } from '../../report/journal-entry.ts'
import { mergePhases, mergeStats } from '../../report/merge.ts'
import { publishAtRate } from '../race/publish.ts'
import { type ClientsOptions, runClients } from '../race/run-clients.ts'
import type { Pair } from './pair.ts'
import type { RedisUsage } from './redis.ts'

export interface FailoversOptions extends Pick<
  ClientsOptions,
  'plan' | 'k6' | 'originUrl' | 'scratchDir' | 'signal' | 'log'
> {
  readonly pair: Pair
  readonly failovers: number
  readonly perSecond: number
  readonly leaseMs: number
  readonly connectsPerSecond: number
}

export interface FailoversResult {
  readonly open: number
  readonly events: number
  readonly failovers: readonly FailoverTimes[]
  /** Events that some client did not get, got twice, or got out of order. */
  readonly lost: number
  readonly repeated: number
  readonly reordered: number
  /** Gap events that clients got. */
  readonly gapEvents: number
  readonly reconnects: number
  /** What Redis does for a thousand events. */
  readonly redis: RedisUsage
}

interface FailoverTimes {
  /** Clients of the killed server, and of the other one, before. */
  readonly killedClients: number
  readonly otherClients: number
  /** Longest time from an event until the clients of the other proxy had it. */
  readonly pauseMs: number
  /** Time until each client of the killed proxy had a stream of the other one. */
  readonly returnMs: number
}

/** Events before the first failover, for what Redis does. */
export const QUIET_EVENTS = 1000
/** They come so many times as fast as others. */
export const QUIET_FACTOR = 2
const RECONNECT_MS = 500
/** Events come for this long after a lease has ended. */
const AFTER_LEASE_MS = 3000
/** Events have come for at most this long when a proxy is killed. */
const LATEST_KILL_MS = 1500
const PATIENCE_S = 120
/** With the start of a server, on the busiest machine. */
const LONGEST_FAILOVER_S = 240
const RETURN_TIMEOUT_MS = 180_000
const POLL_MS = 20

/**
 * Kills one of two servers, and starts it again, as often as asked, while events come at a rate and
 * clients return to the other one.
 */
export async function measureFailovers(options: FailoversOptions): Promise<FailoversResult> {
  const { plan, pair, failovers, perSecond, leaseMs, connectsPerSecond } = options
  const chunk = Math.ceil(((leaseMs + AFTER_LEASE_MS) / 1000) * perSecond)
  const events = QUIET_EVENTS + failovers * chunk
  const given: Failover = { events, connectsPerSecond, reconnectMs: RECONNECT_MS }
  // The benchmark waits at the barriers as an additional shard.
  await using barriers = await startBarrierServer({ shards: plan.shards + 1 })
  const failure = new AbortController()
  const signal = AbortSignal.any([options.signal, failure.signal])
  const crowd = runClients({
    ...options,
    peer: pair,
    barriers,
    script: 'failover',
    variables: { FAILOVER: JSON.stringify(given) },
    patienceS: PATIENCE_S,
    timeoutS: (failovers + 1) * LONGEST_FAILOVER_S,
    signal,
  })
  const arriveAt = (name: string) => waitForAll(barriers, plan.shards + 1, name, signal)
  const run = async () => {
    const open = (await arriveAt('open')).reduce((sum, count) => sum + count, 0)
    await pair.victim()
    const redis = await measureRedis(options)
    const dueMs: number[] = [...redis.dueMs]
    const kills: Kill[] = []
    for (let number = 1; number <= failovers; number++) {
      const publishing = publishAtRate(options.originUrl, dueMs.length, chunk, perSecond, signal)
      publishing.catch((error: unknown) => failure.abort(error))
      kills.push({
        ...(await killReader(options, open)),
        from: dueMs.length,
        to: dueMs.length + chunk,
      })
      dueMs.push(...(await publishing))
      await pair.startOne(kills.at(-1)?.index ?? 0)
      options.log(`  failover ${number}: all back after ${kills.at(-1)?.returnMs} ms`)
    }
    await arriveAt('sent')
    await arriveAt('received')
    return { open, redis: redis.usage, dueMs, kills }
  }
  const running = run()
  for (const work of [...crowd, running]) work.catch((error: unknown) => failure.abort(error))
  await Promise.allSettled([...crowd, running])
  failure.signal.throwIfAborted()
  const journal = (await Promise.all(crowd)).flatMap((result) => result.journal)
  const { open, redis, dueMs, kills } = await running
  const delays = delaysOf(journal, dueMs)
  const { missing = 0, duplicates = 0, reordered = 0, reconnects = 0 } = mergeStats(journal)
  const received = mergePhases(journal).find(({ name }) => name === 'received')
  return {
    open,
    events,
    redis,
    failovers: kills.map(({ killedClients, otherClients, returnMs, from, to }) => ({
      killedClients,
      otherClients,
      returnMs,
      pauseMs: Math.max(...delays.slice(from, to)),
    })),
    lost: missing + (received?.facts['behind'] ?? 0),
    repeated: duplicates,
    reordered,
    gapEvents: received?.facts['gapEvents'] ?? 0,
    reconnects,
  }
}

interface Kill extends Omit<FailoverTimes, 'pauseMs'> {
  /** Of the proxy. */
  readonly index: number
  /** Numbers of the events around it. */
  readonly from: number
  readonly to: number
}

async function killReader(
  { pair, signal }: FailoversOptions,
  clients: number,
): Promise<Omit<Kill, 'from' | 'to'>> {
  await pause(Math.random() * LATEST_KILL_MS, undefined, { signal })
  const index = await pair.victim()
  const [killedClients = 0, otherClients = 0] = await Promise.all(
    [index, 1 - index].map((one) => pair.clientsOf(one)),
  )
  const killedMs = performance.now()
  await pair.kill(index)
  for (;;) {
    const open = await pair.clientsOf(1 - index)
    if (open >= clients) break
    if (performance.now() > killedMs + RETURN_TIMEOUT_MS)
      throw new LoadError('timeout', `the other server has ${open} of ${clients} clients`)
    await pause(POLL_MS, undefined, { signal })
  }
  const returnMs = Math.round(performance.now() - killedMs)
  return { index, killedClients, otherClients, returnMs }
}

async function measureRedis({ pair, originUrl, perSecond, signal }: FailoversOptions) {
  const quietPerSecond = QUIET_FACTOR * perSecond
  const before = await pair.redis?.usage()
  const dueMs = await publishAtRate(originUrl, 0, QUIET_EVENTS, quietPerSecond, signal)
  const after = await pair.redis?.usage()
  const of = (key: keyof RedisUsage): number => (after?.[key] ?? 0) - (before?.[key] ?? 0)
  return { dueMs, usage: { cpuMs: of('cpuMs'), commands: of('commands'), bytes: of('bytes') } }
}

/** Of each event, by its number: from when it was due until the last client had it live. */
function delaysOf(journal: readonly JournalEntry[], dueMs: readonly number[]): readonly number[] {
  const lastMs = new Map<number, number>()
  for (const entry of journal) {
    if (entry.kind !== 'fan-out') continue
    for (const { number, lastMs: ms } of entry.events) {
      lastMs.set(number, Math.max(ms, lastMs.get(number) ?? 0))
    }
  }
  return dueMs.map((due, number) => (lastMs.get(number) ?? due) - due)
}
