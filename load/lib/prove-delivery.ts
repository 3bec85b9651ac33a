import { sleep } from 'k6'
import { Fleet } from 'k6/x/ssefleet'

import { completed, expect } from './expect.ts'
import { note } from './journal.ts'
import { currentPart, type Part } from './part.ts'
import { numbersOf, phase } from './phase.ts'
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
  const count = profile.liveChanges + profile.awayChanges + profile.lateChanges
  const [from = 0] = await part.meet('start', part.isLead ? store.createSections(count) : 0)
  const fleet = new Fleet({
    url: part.target,
    transport: settings.transport,
    sequence: { pattern: 'changelog/section/(\\d+)$', from, count },
  })
  try {
    if (await isDelivered(settings, part, store, fleet, from)) completed()
  } finally {
    const stats = fleet.stats()
    note({ kind: 'stats', facts: numbersOf(stats) })
    for (const text of stats.faults) note({ kind: 'fault', text: `part ${part.index}, ${text}` })
    part.leave()
    await fleet.close()
  }
}

/** False: somebody lacks something, and whatever would follow could only say so again. */
async function isDelivered(
  settings: Settings,
  part: Part,
  store: Store,
  fleet: Fleet,
  from: number,
): Promise<boolean> {
  const { profile, patienceMs } = settings
  const pace = { perSecond: part.perSecond }
  const opened = await phase('open', () => fleet.ramp(part.streams, pace))
  expect('every stream opens', opened.opened, part.streams)
  await part.meet('all are open')
  if (part.isLead && settings.upstreams !== undefined) {
    const open = store.streamsWithin(settings.upstreams, patienceMs)
    expect('the store holds as many streams as expected', open, settings.upstreams)
  }
  await phase('hold', async () => {
    sleep(profile.holdMs / 1000)
    return { open: fleet.stats().open }
  })

  let next = from
  /** Makes changes and waits until everybody has seen them. */
  const publish = async (name: string, changes: number): Promise<boolean> => {
    await part.meet(`before ${name}`)
    if (part.isLead) await phase(`publish ${name}`, () => store.publish(next, changes))
    next += changes
    await part.meet(`published ${name}`)
    const awaited = () => fleet.awaitSeq(next - 1, { timeoutMs: patienceMs })
    const { behind } = await phase(`arrive ${name}`, awaited)
    expect(`${name}: no stream is behind`, behind, 0)
    return isNobodyBehind(part, name, behind)
  }

  if (!(await publish('live', profile.liveChanges))) return false

  const left = await fleet.drop(profile.dropFraction)
  expect('a part leaves', left, Math.floor(part.streams * profile.dropFraction))
  if (!(await publish('while some are away', profile.awayChanges))) return false

  const returned = await phase('return', () => fleet.resume(pace))
  expect('every stream returns', returned.opened, left)
  const { behind } = await phase('replay', () =>
    fleet.awaitSeq(next - 1, { timeoutMs: patienceMs }),
  )
  expect('replay: no stream is behind', behind, 0)
  expect('what was missed is replayed exactly', fleet.stats().replayed, left * profile.awayChanges)
  if (!(await isNobodyBehind(part, 'replay', behind))) return false

  if (!(await publish('after their return', profile.lateChanges))) return false
  const { events, unnumbered, open } = fleet.stats()
  expect('each stream saw each change', events - unnumbered, part.streams * (next - from))
  expect('every stream is still open', open, part.streams)
  await part.meet('end')
  return true
}

async function isNobodyBehind(part: Part, name: string, behind: number): Promise<boolean> {
  const all = await part.meet(`arrived ${name}`, behind)
  return all.every((count) => count === 0)
}
