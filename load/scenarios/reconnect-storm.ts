import { Fleet } from 'k6/x/ssefleet'

import { endPart } from '../lib/end-part.ts'
import { completed, expect } from '../lib/expect.ts'
import { note } from '../lib/journal.ts'
import { since } from '../lib/latency-since.ts'
import { createOrigin, ORIGIN_EVENTS } from '../lib/origin.ts'
import { currentPart } from '../lib/part.ts'
import { phase } from '../lib/phase.ts'
import { partsOf } from '../lib/run-options.ts'
import { readSettings } from '../lib/settings.ts'
import { summarise } from '../lib/summary.ts'
import { NOTHING_LOST } from '../lib/thresholds.ts'

const settings = readSettings(__ENV)

const QUIET = { count: 20, perSecond: 4 }
const MISSED = { count: 200, perSecond: 200 }
/** As fast as connections can be opened. */
const ALL_AT_ONCE = { perSecond: 1_000_000 }

export const options = partsOf(settings, NOTHING_LOST)

/** Half of the streams leave, miss 200 events, and come back all at once, while the others go on getting live events. */
export default async function reconnectStorm(): Promise<void> {
  const part = currentPart(settings)
  const origin = createOrigin(settings.store)
  const fleet = new Fleet({
    url: part.target,
    transport: settings.transport,
    sequence: { pattern: ORIGIN_EVENTS.pattern, from: 0, count: 2 * QUIET.count + MISSED.count },
    latencyField: ORIGIN_EVENTS.latencyField,
  })
  const arrive = async (name: string, number: number): Promise<void> => {
    const timeoutMs = settings.patienceMs
    const { behind } = await phase(name, () => fleet.awaitSeq(number, { timeoutMs }))
    expect(`${name}: no stream is behind`, behind, 0)
  }
  const latencyOf = async (step: string, work: () => Promise<void>): Promise<void> => {
    const before = fleet.stats().latency.buckets
    await work()
    note({ kind: 'latency', step, buckets: since(fleet.stats().latency.buckets, before) })
  }
  try {
    const opened = await phase('open', () =>
      fleet.ramp(part.streams, { perSecond: part.perSecond }),
    )
    expect('every stream opens', opened.opened, part.streams)
    await part.meet('open')
    await latencyOf('live events before the storm', async () => {
      if (part.isLead) await origin.publish({ first: 0, ...QUIET })
      await part.meet('quiet')
      await arrive('arrive before the storm', QUIET.count - 1)
    })

    const left = await fleet.drop(0.5, { how: 'rst' })
    await part.meet('left')
    if (part.isLead) await origin.publish({ first: QUIET.count, ...MISSED })
    await part.meet('missed')
    await arrive('arrive at the others', QUIET.count + MISSED.count - 1)
    await part.meet('storm')

    await latencyOf('live events during the storm', async () => {
      const live = part.isLead
        ? origin.publish({ first: QUIET.count + MISSED.count, ...QUIET })
        : Promise.resolve([])
      const returned = await phase('return all at once', () => fleet.resume(ALL_AT_ONCE))
      expect('every stream returns', returned.opened, left)
      await arrive('replay', QUIET.count + MISSED.count - 1)
      await live
      await part.meet('storm is over')
      await arrive('arrive at all', 2 * QUIET.count + MISSED.count - 1)
    })
    const { replayed } = fleet.stats()
    expect(
      'what was missed is replayed',
      Math.min(replayed, left * MISSED.count),
      left * MISSED.count,
    )
    completed()
  } finally {
    await endPart(part, fleet)
  }
}

export function handleSummary(data: Parameters<typeof summarise>[0]): Record<string, string> {
  return summarise(data, settings.summaryPath)
}
