import { setTimeout as pause } from 'node:timers/promises'

import { startConductor } from '../../conductor/conductor.ts'
import type { JournalEntry } from '../../lib/journal.ts'
import { type Race, stepName } from '../../lib/race.ts'
import { runK6 } from '../../runner/k6-run.ts'
import type { Plan } from '../../runner/plan.ts'
import type { Peer } from '../peers/peer.ts'
import { type Footprint, footprintOf } from './footprint.ts'
import { meet } from './meeting.ts'
import { publishOne } from './publish-one.ts'

/** What one server came to in one round. */
export interface Result {
  readonly steps: readonly StepResult[]
  readonly journal: readonly JournalEntry[]
}

export interface StepResult {
  readonly clients: number
  /** Of the clients asked for, those that have a stream. */
  readonly open: number
  /** For each of them, since there were none. */
  readonly residentBytes: number
  readonly kernelBytes: number
  /** Processor time for each event at each client. */
  readonly cpuMicros: number
}

export interface RaceOptions {
  readonly race: Race
  readonly plan: Plan
  readonly k6: string
  readonly originUrl: string
  readonly scratchDir: string
  readonly signal: AbortSignal
  readonly say: (line: string) => void
}

/** Time for what is started together with a connection, such as timers and garbage, to be over. */
const SETTLE_MS = 1_000
/** Longer than any server here needs for the largest crowd: events must not meet. */
const BETWEEN_EVENTS_MS = 1_000
const PATIENCE_MS = 10_000
/** Most faults of one turn that are told. */
const MAX_TOLD = 5

/** Lets the crowd of `scenarios/peers.ts` loose on a server, makes its events, and measures the server meanwhile. */
export async function raceAgainst(peer: Peer, options: RaceOptions): Promise<Result> {
  const { race, plan, originUrl } = options
  const ours = plan.parts + 1
  let told = 0
  await using conductor = await startConductor({ parties: ours })
  const failure = new AbortController()
  const signal = AbortSignal.any([options.signal, failure.signal])
  const crowd = Array.from({ length: plan.processes }, (_, index) => runPart(index + 1))
  const leading = lead()
  for (const work of [...crowd, leading]) work.catch((error: unknown) => failure.abort(error))
  await Promise.allSettled([...crowd, leading])
  failure.signal.throwIfAborted()
  const journal = (await Promise.all(crowd)).flatMap((result) => result.journal)
  const led = await leading
  return { steps: led.steps, journal: [...journal, ...led.sent] }

  function runPart(index: number) {
    return runK6({
      k6: options.k6,
      index,
      plan,
      scenario: 'peers',
      settings: {
        RACE: JSON.stringify(race),
        TARGET: peer.url,
        STORE: originUrl,
        STREAMS: String(plan.streams),
        TRANSPORT: 'raw',
        PARTS: String(plan.parts),
        PARTS_HERE: String(plan.parts / plan.processes),
        CONDUCTOR: conductor.url,
        PATIENCE_MS: String(PATIENCE_MS),
      },
      scratchDir: options.scratchDir,
      signal,
      onStart: () => {},
      onEntry: (entry) => {
        if (entry.kind === 'fault' && told++ < MAX_TOLD) options.say(`  ${entry.text}`)
      },
      onLine: (line) => options.say(`  k6: ${line}`),
    })
  }

  async function lead() {
    const atStart = await footprintOf(peer.pid)
    const steps: StepResult[] = []
    const sent: JournalEntry[] = []
    let next = race.first
    for (const clients of race.steps) {
      const step = stepName(clients)
      const open = sum(await meet(conductor, ours, `open, ${step}`, signal))
      await pause(SETTLE_MS, undefined, { signal })
      const before = await footprintOf(peer.pid)
      const sentMs = await publish(next, race.events, BETWEEN_EVENTS_MS)
      next += race.events
      const after = await footprintOf(peer.pid)
      await meet(conductor, ours, `sent, ${step}`, signal)
      await meet(conductor, ours, `seen, ${step}`, signal)
      sent.push({ kind: 'fan-out', step, sentMs, events: [] })
      steps.push({ clients, open, ...perClient(open, atStart, before, after) })
      options.say(`  ${JSON.stringify(steps.at(-1))}`)
    }
    await meet(conductor, ours, 'left', signal)
    await publish(next, race.missed, BETWEEN_EVENTS_MS / 5)
    await meet(conductor, ours, 'missed', signal)
    await meet(conductor, ours, 'storm', signal)
    return { steps, sent }
  }

  function perClient(open: number, atStart: Footprint, before: Footprint, after: Footprint) {
    return {
      residentBytes: (before.residentBytes - atStart.residentBytes) / open,
      kernelBytes: (before.kernelBytes - atStart.kernelBytes) / open,
      cpuMicros: ((after.cpuMs - before.cpuMs) * 1000) / (race.events * open),
    }
  }

  async function publish(first: number, count: number, everyMs: number): Promise<number[]> {
    const sentMs: number[] = []
    for (let number = first; number < first + count; number++) {
      sentMs.push(await publishOne(originUrl, number, signal))
      await pause(everyMs, undefined, { signal })
    }
    return sentMs
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
