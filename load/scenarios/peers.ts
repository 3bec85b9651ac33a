import { Fleet } from 'k6/x/ssefleet'

import { endPart } from '../lib/end-part.ts'
import { completed } from '../lib/expect.ts'
import { note } from '../lib/journal.ts'
import { since } from '../lib/latency-since.ts'
import { ORIGIN_EVENTS } from '../lib/origin.ts'
import { currentPart, shareOf } from '../lib/part.ts'
import { phase } from '../lib/phase.ts'
import { type Race, stepName } from '../lib/race.ts'
import { partsOf } from '../lib/run-options.ts'
import { readSettings } from '../lib/settings.ts'
import { summarise } from '../lib/summary.ts'

const settings = readSettings(__ENV)
const race: Race = JSON.parse(__ENV['RACE'] ?? '{}')

const ALL_AT_ONCE = { perSecond: 1_000_000 }
/** For what never comes, such as a replay from a server that has none. */
const PATIENCE = { timeoutMs: settings.patienceMs }

// What a peer loses or repeats is a finding of the benchmark, not a failure of the run.
export const options = partsOf(settings, {})

/** The crowd of `npm run bench -- peers`: ever more clients, single events, and half of the clients reset and back at once. */
export default async function peers(): Promise<void> {
  const part = currentPart(settings)
  const fleet = new Fleet({
    url: part.target,
    transport: settings.transport,
    sequence: {
      pattern: ORIGIN_EVENTS.pattern,
      from: race.first,
      count: race.steps.length * race.events + race.missed,
    },
    latencyField: ORIGIN_EVENTS.latencyField,
  })
  let next = race.first
  try {
    let asked = 0
    for (const total of race.steps) {
      const wanted = shareOf(total, settings.parts, part.index)
      const pace = { perSecond: race.perSecond / settings.parts, from: next }
      if (wanted > asked) await fleet.ramp(wanted - asked, pace)
      asked = wanted
      next += race.events
      await measure(stepName(total))
    }
    await storm()
    completed()
  } finally {
    await endPart(part, fleet)
  }

  async function measure(step: string): Promise<void> {
    const before = fleet.stats().latency.buckets
    const first = next - race.events
    await part.meet(`open, ${step}`, fleet.stats().open)
    await part.meet(`sent, ${step}`)
    await fleet.awaitSeq(next - 1, PATIENCE)
    const arrived = fleet.arrivals().filter(({ number }) => number >= first)
    note({ kind: 'latency', step, buckets: since(fleet.stats().latency.buckets, before) })
    note({
      kind: 'fan-out',
      step,
      sentMs: [],
      events: arrived.map(({ number, lastMs }) => ({ number, lastMs })),
    })
    await part.meet(`seen, ${step}`)
  }

  async function storm(): Promise<void> {
    const left = await fleet.drop(0.5, { how: 'rst' })
    await part.meet('left', left)
    next += race.missed
    await part.meet('missed')
    await fleet.awaitSeq(next - 1, PATIENCE)
    await part.meet('storm')
    const { replayed, duplicates } = fleet.stats()
    await phase('replay', async () => {
      await phase('return', () => fleet.resume(ALL_AT_ONCE))
      await fleet.awaitSeq(next - 1, PATIENCE)
      const after = fleet.stats()
      return {
        owed: left * race.missed,
        replayed: after.replayed - replayed,
        repeated: after.duplicates - duplicates,
      }
    })
  }
}

export function handleSummary(data: Parameters<typeof summarise>[0]): Record<string, string> {
  return summarise(data, settings.summaryPath)
}
