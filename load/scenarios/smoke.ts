import { sleep } from 'k6'
import { Fleet } from 'k6/x/ssefleet'

import { completed, expect } from '../lib/expect.ts'
import { note } from '../lib/journal.ts'
import { numbersOf, phase } from '../lib/phase.ts'
import { readSettings } from '../lib/settings.ts'
import { createStore } from '../lib/store.ts'
import { summarise } from '../lib/summary.ts'
import { NOTHING_LOST } from '../lib/thresholds.ts'

const settings = readSettings(__ENV)
const { profile } = settings

export const options = {
  scenarios: {
    smoke: { executor: 'per-vu-iterations', vus: 1, iterations: 1, maxDuration: '10m' },
  },
  thresholds: NOTHING_LOST,
  summaryTrendStats: ['min', 'med', 'p(95)', 'p(99)', 'max', 'count'],
}

/** One fleet, numbered changes through the store, every stream judged: live, while a part is away, and after its return. */
export default async function (): Promise<void> {
  const store = createStore(settings.store, settings.login)
  const { perSecond, liveChanges, awayChanges, lateChanges } = profile
  const count = liveChanges + awayChanges + lateChanges
  const from = store.createSections(count)
  const fleet = new Fleet({
    url: settings.target,
    sequence: { pattern: 'changelog/section/(\\d+)$', from, count },
  })
  try {
    const ramped = await phase('open', () => fleet.ramp(profile.streams, { perSecond }))
    expect('every stream opens', ramped.opened, profile.streams)
    if (settings.upstreams !== undefined) {
      const { upstreams } = settings
      const open = store.streamsWithin(upstreams, settings.patienceMs)
      expect('the store holds as many streams as expected', open, upstreams)
    }
    sleep(profile.holdMs / 1000)

    let next = from
    const publish = (name: string, changes: number) => {
      const first = next
      next += changes
      return phase(name, () => store.publish(first, changes))
    }
    /** False: somebody lacks something, and whatever follows could only say so again. */
    const arrive = async (name: string) => {
      const timeoutMs = settings.patienceMs
      const { behind } = await phase(name, () => fleet.awaitSeq(next - 1, { timeoutMs }))
      expect(`${name}: no stream is behind`, behind, 0)
      return behind === 0
    }

    await publish('publish', liveChanges)
    if (!(await arrive('arrive'))) return

    const left = await fleet.drop(profile.dropFraction)
    expect('a part leaves', left, Math.floor(profile.streams * profile.dropFraction))
    await publish('publish while they are away', awayChanges)
    if (!(await arrive('arrive at the others'))) return

    const resumed = await phase('return', () => fleet.resume({ perSecond }))
    expect('every stream returns', resumed.opened, left)
    if (!(await arrive('replay'))) return
    expect('what was missed is replayed exactly', fleet.stats().replayed, left * awayChanges)

    await publish('publish after their return', lateChanges)
    if (!(await arrive('arrive at all'))) return
    expect('each stream saw each change', numberedEvents(fleet), profile.streams * count)
    expect('every stream is still open', fleet.stats().open, profile.streams)
    completed()
  } finally {
    const stats = fleet.stats()
    note({ kind: 'stats', facts: numbersOf(stats) })
    for (const text of stats.faults) note({ kind: 'fault', text })
    await fleet.close()
  }
}

function numberedEvents(fleet: Fleet): number {
  const { events, unnumbered } = fleet.stats()
  return events - unnumbered
}

export function handleSummary(data: Parameters<typeof summarise>[0]): Record<string, string> {
  return summarise(data, settings.summaryPath)
}
