import { sleep } from 'k6'
import { Fleet } from 'k6/x/ssefleet'

import { endPart } from '../lib/end-part.ts'
import { completed, expect } from '../lib/expect.ts'
import { note } from '../lib/journal.ts'
import { since } from '../lib/latency-since.ts'
import { createOrigin, ORIGIN_EVENTS } from '../lib/origin.ts'
import { currentPart, shareOf } from '../lib/part.ts'
import { phase } from '../lib/phase.ts'
import { partsOf } from '../lib/run-options.ts'
import { readSettings } from '../lib/settings.ts'
import { summarise } from '../lib/summary.ts'
import { NOTHING_LOST } from '../lib/thresholds.ts'

const settings = readSettings(__ENV)

/** Few enough a second that each has reached everybody before the next is sent, also when many clients listen. */
const SINGLE = { count: 20, perSecond: 2 }
/** Enough a second that a proxy which writes each event alone to each client falls behind. */
const BURST = { count: 500, perSecond: 100 }

export const options = partsOf(settings, NOTHING_LOST)

/** For each step of the profile: that many streams, single events, then a burst. */
export default async function fanOut(): Promise<void> {
  const part = currentPart(settings)
  const origin = createOrigin(settings.store)
  const { steps } = settings.profile
  const fleet = new Fleet({
    url: part.target,
    transport: settings.transport,
    sequence: {
      pattern: ORIGIN_EVENTS.pattern,
      from: 0,
      count: steps.length * (SINGLE.count + BURST.count),
    },
    latencyField: ORIGIN_EVENTS.latencyField,
  })
  let next = 0
  const measure = async (step: string, order: typeof SINGLE): Promise<void> => {
    const before = fleet.stats().latency.buckets
    const first = next
    next += order.count
    await part.meet(`before ${step}`)
    const sentMs = part.isLead ? await origin.publish({ first, ...order }) : []
    await part.meet(`sent ${step}`)
    const timeoutMs = settings.patienceMs
    const { behind } = await phase(step, () => fleet.awaitSeq(next - 1, { timeoutMs }))
    expect('no stream is behind', behind, 0)
    const events = fleet.arrivals().filter(({ number }) => number >= first)
    note({ kind: 'latency', step, buckets: since(fleet.stats().latency.buckets, before) })
    note({
      kind: 'fan-out',
      step,
      sentMs,
      events: events.map(({ number, lastMs }) => ({ number, lastMs })),
    })
  }
  try {
    let open = 0
    for (const [index, total] of steps.entries()) {
      const wanted = shareOf(total, settings.parts, part.index)
      if (wanted > open) {
        const added = wanted - open
        const pace = { perSecond: part.perSecond, from: next }
        const opened = await phase(`open ${total}`, () => fleet.ramp(added, pace))
        expect('every stream opens', opened.opened, added)
        open = wanted
      }
      await part.meet(`open ${index}`)
      if (index === 0 && part.isLead) {
        expect(
          'the back end holds one stream',
          origin.streams(),
          settings.upstreams ?? origin.streams(),
        )
      }
      sleep(1)
      await measure(`${total} clients, single events`, SINGLE)
      await measure(`${total} clients, ${BURST.perSecond} events/s`, BURST)
    }
    completed()
  } finally {
    await endPart(part, fleet)
  }
}

export function handleSummary(data: Parameters<typeof summarise>[0]): Record<string, string> {
  return summarise(data, settings.summaryPath)
}
