import { Fleet } from 'k6/x/ssefleet'

import { endPart } from '../lib/end-part.ts'
import { completed, expect } from '../lib/expect.ts'
import { note } from '../lib/journal.ts'
import { since } from '../lib/latency-since.ts'
import { createOrigin, ORIGIN_EVENTS } from '../lib/origin.ts'
import { currentPart } from '../lib/part.ts'
import { pause } from '../lib/pause.ts'
import { phase } from '../lib/phase.ts'
import { partsOf } from '../lib/run-options.ts'
import { readSettings } from '../lib/settings.ts'
import { summarise } from '../lib/summary.ts'
import { NOTHING_LOST } from '../lib/thresholds.ts'

const settings = readSettings(__ENV)

const MISSED = { count: 200, perSecond: 200 }
/** Before the storm. During it there are as many as it lasts for. */
const LIVE_EVENTS = 10
const MOST_LIVE_EVENTS = 1_000
/** Live events go on meanwhile, at a rate that leaves a small machine most of its time: 30,000 deliveries a second. */
const LIVE_EVERY_MS = Math.max(100, settings.profile.streams / 30)
/** As fast as connections can be opened. */
const ALL_AT_ONCE = { perSecond: 1_000_000 }

export const options = partsOf(settings, NOTHING_LOST)

/** A part of the streams is reset, misses 200 events, and comes back all at once, while the others go on getting live events. */
export default async function reconnectStorm(): Promise<void> {
  const part = currentPart(settings)
  const origin = createOrigin(settings.store)
  const fleet = new Fleet({
    url: part.target,
    transport: settings.transport,
    sequence: {
      pattern: ORIGIN_EVENTS.pattern,
      from: 0,
      count: LIVE_EVENTS + MISSED.count + MOST_LIVE_EVENTS,
    },
    latencyField: ORIGIN_EVENTS.latencyField,
  })
  try {
    const pace = { perSecond: part.perSecond }
    const opened = await phase('open', () => fleet.ramp(part.streams, pace))
    expect('every stream opens', opened.opened, part.streams)
    await part.meet('open')
    await latencyOf('live events before the storm', async () => {
      if (part.isLead) await publishLive(0, (sent) => sent < LIVE_EVENTS)
      await part.meet('quiet')
      await arrive('arrive before the storm', LIVE_EVENTS)
    })

    const left = await fleet.drop(settings.profile.stormFraction, { how: 'rst' })
    await part.meet('left')
    if (part.isLead) await origin.publish({ first: LIVE_EVENTS, ...MISSED })
    await part.meet('missed')
    const missed = LIVE_EVENTS + MISSED.count
    await arrive('arrive at the others', missed)
    await part.meet('storm')
    await latencyOf('live events during the storm', () => storm(left, missed))

    const { replayed } = fleet.stats()
    const owed = left * MISSED.count
    expect('what was missed is replayed', Math.min(replayed, owed), owed)
    completed()
  } finally {
    await endPart(part, fleet)
  }

  async function storm(left: number, missed: number): Promise<void> {
    const state = { isOver: false }
    const live = part.isLead ? publishLive(missed, () => !state.isOver) : Promise.resolve(0)
    await phase('return and replay', async () => {
      const returned = await phase('return all at once', () => fleet.resume(ALL_AT_ONCE))
      expect('every stream returns', returned.opened, left)
      await arrive('replay', missed)
      return {}
    })
    await part.meet('all are back')
    state.isOver = true
    const [sent = 0] = await part.meet('live events are over', await live)
    await arrive('arrive at all', missed + sent)
  }

  /** Makes events, numbered from `first`, for as long as there is reason to. Returns how many. */
  async function publishLive(first: number, goesOn: (sent: number) => boolean): Promise<number> {
    let sent = 0
    while (goesOn(sent) && sent < MOST_LIVE_EVENTS) {
      await origin.publish({ first: first + sent, count: 1, perSecond: 1_000 })
      sent++
      await pause(LIVE_EVERY_MS)
    }
    return sent
  }

  /** Waits until every stream has all numbers below `end`. */
  async function arrive(name: string, end: number): Promise<void> {
    const timeoutMs = settings.patienceMs
    const { behind } = await phase(name, () => fleet.awaitSeq(end - 1, { timeoutMs }))
    expect(`${name}: no stream is behind`, behind, 0)
  }

  async function latencyOf(step: string, work: () => Promise<void>): Promise<void> {
    const before = fleet.stats().latency.buckets
    await work()
    note({ kind: 'latency', step, buckets: since(fleet.stats().latency.buckets, before) })
  }
}

export function handleSummary(data: Parameters<typeof summarise>[0]): Record<string, string> {
  return summarise(data, settings.summaryPath)
}
