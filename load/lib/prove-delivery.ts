import { sleep } from 'k6'
import { Fleet } from 'k6/x/ssefleet'

import { endPart } from './end-part.ts'
import { completed, expect } from './expect.ts'
import { currentPart, type Part } from './part.ts'
import { phase } from './phase.ts'
import { createProxyMetrics } from './proxy-metrics.ts'
import type { Settings } from './settings.ts'
import { createStore, type Store } from './store.ts'

/**
 * Numbered changes through the store, every stream judged: live, while a part of them is away, and after their return.
 * Nothing may be lost, come twice or out of order, and the store must not notice how many there are.
 */
export async function proveDelivery(settings: Settings): Promise<void> {
  const part = currentPart(settings)
  const { profile } = settings
  const store = createStore(settings.store, settings.login)
  const perRound = profile.liveChanges + profile.awayChanges + profile.lateChanges
  const count = perRound * profile.rounds
  const [from = 0] = await part.meet('start', part.isLead ? store.createSections(count) : 0)
  const fleet = new Fleet({
    url: part.target,
    transport: settings.transport,
    sequence: { pattern: 'changelog/section/(\\d+)$', from, count },
  })
  try {
    await open(settings, part, store, fleet)
    for (let round = 1; round <= profile.rounds; round++) {
      const first = from + (round - 1) * perRound
      if (!(await isDelivered(settings, part, store, fleet, first, round))) return
    }
    const { events, unnumbered, open: stillOpen } = fleet.stats()
    expect('each stream saw each change', events - unnumbered, part.streams * count)
    expect('every stream is still open', stillOpen, part.streams)
    await part.meet('all rounds')
    if (part.isLead) compareWithProxy(settings, 'at the end')
    await part.meet('end')
    completed()
  } finally {
    await endPart(part, fleet)
  }
}

async function open(settings: Settings, part: Part, store: Store, fleet: Fleet): Promise<void> {
  const pace = { perSecond: part.perSecond }
  const opened = await phase('open', () => fleet.ramp(part.streams, pace))
  expect('every stream opens', opened.opened, part.streams)
  await part.meet('all are open')
  if (!part.isLead) return
  compareWithProxy(settings, 'when all are open')
  if (settings.upstreams === undefined) return
  const streams = store.streamsWithin(settings.upstreams, settings.patienceMs)
  expect('the store holds as many streams as expected', streams, settings.upstreams)
}

/** A stream that only one end holds to be open is one that will be missed. */
function compareWithProxy(settings: Settings, when: string): void {
  const { metrics, clientsGauge, profile, patienceMs } = settings
  if (metrics.length === 0) return
  const clients = createProxyMetrics(metrics, clientsGauge)
  const counted = clients.clientsWithin(profile.streams, patienceMs)
  expect(`the proxy counts as many streams ${when}`, counted, profile.streams)
}

/** False: somebody lacks something, and whatever would follow could only say so again. */
async function isDelivered(
  { profile, patienceMs }: Settings,
  part: Part,
  store: Store,
  fleet: Fleet,
  first: number,
  round: number,
): Promise<boolean> {
  await phase('hold', async () => {
    sleep(profile.holdMs / 1000)
    return { open: fleet.stats().open }
  })
  let next = first
  const arrive = async (name: string): Promise<boolean> => {
    const { behind } = await phase(`arrive ${name}`, () => {
      return fleet.awaitSeq(next - 1, { timeoutMs: patienceMs })
    })
    expect(`${name}: no stream is behind`, behind, 0)
    const all = await part.meet(`arrived ${name} ${round}`, behind)
    return all.every((count) => count === 0)
  }
  /** Makes changes and waits until everybody has seen them. */
  const publish = async (name: string, changes: number): Promise<boolean> => {
    await part.meet(`before ${name} ${round}`)
    if (part.isLead) await phase(`publish ${name}`, () => store.publish(next, changes))
    next += changes
    await part.meet(`published ${name} ${round}`)
    return arrive(name)
  }

  if (!(await publish('live', profile.liveChanges))) return false

  const before = fleet.stats().replayed
  const left = await fleet.drop(profile.dropFraction)
  expect('a part leaves', left, Math.floor(part.streams * profile.dropFraction))
  if (!(await publish('while some are away', profile.awayChanges))) return false

  const returned = await phase('return', () => fleet.resume({ perSecond: part.perSecond }))
  expect('every stream returns', returned.opened, left)
  const isReplayed = await arrive('by replay')
  const replayed = fleet.stats().replayed - before
  expect('what was missed is replayed exactly', replayed, left * profile.awayChanges)
  return isReplayed && (await publish('after their return', profile.lateChanges))
}
