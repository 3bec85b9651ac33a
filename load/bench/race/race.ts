import { setTimeout as pause } from 'node:timers/promises'

import { type BarrierServer, startBarrierServer } from '../../barrier/barrier-server.ts'
import type { Race, RaceStep } from '../../lib/benchmarks/race.ts'
import type { JournalEntry } from '../../report/journal-entry.ts'
import type { Plan } from '../../runner/plan.ts'
import type { Peer } from '../peers/peer.ts'
import { waitForAll } from '../../barrier/barrier-client.ts'
import { footprintOf } from './footprint.ts'
import { publish, publishAtRate } from './publish.ts'
import { runClients } from './run-clients.ts'

/** The result of one server in one round. */
export interface RoundResult {
  readonly steps: readonly StepResult[]
  readonly journal: readonly JournalEntry[]
}

export interface StepResult {
  readonly name: string
  readonly clients: number
  /** Clients with an open stream, out of those requested. */
  readonly open: number
  /** Memory for each client before its first event, compared with the server without clients. */
  readonly residentBytes: number
  /** The same after the events. */
  readonly servedBytes: number
  readonly kernelBytes: number
  /** Processor time for each client, from its connection to the first event. */
  readonly connectMicros: number
  /** Processor time for each event at each client. */
  readonly cpuMicros: number
  /** Events in one write, on average; undefined = not reported. */
  readonly framesPerWrite: number | undefined
  /** Longest stall of the server's event loop in ms; undefined = not reported. */
  readonly stallMs: number | undefined
}

export interface RaceOptions {
  readonly race: Race
  readonly plan: Plan
  readonly k6: string
  readonly originUrl: string
  readonly scratchDir: string
  readonly signal: AbortSignal
  readonly log: (line: string) => void
}

/** Work after a connection, such as timers and garbage collection, has finished by then. */
const SETTLE_MS = 1_000
/**
 * Longer than the slowest server needs for the largest number of clients: single events must not
 * overlap.
 */
const BETWEEN_EVENTS_MS = 1_000

/**
 * Connects the clients of `scenarios/peers.ts` to a server, sends its events, and measures the
 * server meanwhile.
 */
export async function raceAgainst(peer: Peer, options: RaceOptions): Promise<RoundResult> {
  const { race, plan } = options
  // The benchmark waits at the barriers as an additional shard.
  await using barriers = await startBarrierServer({ shards: plan.shards + 1 })
  const failure = new AbortController()
  const signal = AbortSignal.any([options.signal, failure.signal])
  const variables = { RACE: JSON.stringify(race) }
  const crowd = runClients({ ...options, peer, barriers, script: 'peers', variables, signal })
  const measuring = measure(peer, race, barriers, { ...options, signal })
  for (const work of [...crowd, measuring]) {
    work.catch((error: unknown) => failure.abort(error))
  }
  await Promise.allSettled([...crowd, measuring])
  failure.signal.throwIfAborted()
  const journal = (await Promise.all(crowd)).flatMap((result) => result.journal)
  const measured = await measuring
  return { steps: measured.steps, journal: [...journal, ...measured.sent] }
}

async function measure(peer: Peer, race: Race, barriers: BarrierServer, options: RaceOptions) {
  const { plan, originUrl, signal, log } = options
  const arriveAt = (name: string) => waitForAll(barriers, plan.shards + 1, name, signal)
  const withoutClients = await footprintOf(peer.pids)
  const steps: StepResult[] = []
  const sent: JournalEntry[] = []
  let connected = 0
  let first = race.first
  let beforeConnecting = withoutClients
  for (const step of race.steps) {
    const open = sum(await arriveAt(`open, ${step.name}`))
    await pause(SETTLE_MS, undefined, { signal })
    const before = await footprintOf(peer.pids)
    await peer.readCounters?.() // Each reading resets the longest stall.
    const dueMs = await send(step, first)
    sent.push({ kind: 'fan-out', step: step.name, first, dueMs, events: [] })
    first += step.events
    await arriveAt(`sent, ${step.name}`)
    await arriveAt(`received, ${step.name}`)
    const after = await footprintOf(peer.pids)
    const cpuMs = after.cpuMs - before.cpuMs
    steps.push({
      name: step.name,
      clients: step.clients,
      open,
      residentBytes: (before.residentBytes - withoutClients.residentBytes) / open,
      servedBytes: (after.residentBytes - withoutClients.residentBytes) / open,
      kernelBytes: (before.kernelBytes - withoutClients.kernelBytes) / open,
      connectMicros: microsEach(before.cpuMs - beforeConnecting.cpuMs, open - connected),
      cpuMicros: microsEach(cpuMs, step.events * open),
      ...(await countersOf(peer)),
    })
    log(`  ${JSON.stringify(steps.at(-1))}`)
    connected = open
    beforeConnecting = after
  }
  if (race.missed > 0) {
    await arriveAt('left')
    await publish(originUrl, first, race.missed, BETWEEN_EVENTS_MS / 5, signal)
    await arriveAt('missed')
    await arriveAt('storm')
  }
  return { steps, sent }

  function send(step: RaceStep, number: number): Promise<readonly number[]> {
    return step.perSecond === undefined
      ? publish(originUrl, number, step.events, BETWEEN_EVENTS_MS, signal)
      : publishAtRate(originUrl, number, step.events, step.perSecond, signal)
  }
}

async function countersOf(peer: Peer): Promise<Pick<StepResult, 'framesPerWrite' | 'stallMs'>> {
  const counters = await peer.readCounters?.()
  return { framesPerWrite: counters?.framesPerWrite, stallMs: counters?.stallMs }
}

function microsEach(cpuMs: number, count: number): number {
  return count > 0 ? (cpuMs * 1000) / count : Number.NaN
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
