import type { RawClient } from '../../client/raw-client.ts'
import { GAP_EVENT, type Rig } from '../../rig/rig.ts'
import type { Stream } from '../../rig/stream.ts'
import { forConcentrator, type StreamCheck } from '../stream-check.ts'
import { dataOf, gapsOf } from './events-of.ts'

const UNKNOWN_ID = 'an-id-that-nobody-gave'
const SILENT = 'Clients that missed changes never learn of them.'

/** A witness stream on which change logs have been announced. */
async function announce(
  t: Rig,
): Promise<{ readonly stream: Stream; readonly logs: readonly string[] }> {
  const stream = await t.stream()
  const logs = [t.changeLog(), t.changeLog(), t.changeLog()]
  for (const log of logs) await stream.arrives(`data: ${log}\n\n`)
  return { stream, logs }
}

async function returnWith(t: Rig, id: string, target?: string): Promise<RawClient> {
  const fields = target === undefined ? [{ name: 'Last-Event-ID', value: id }] : []
  const client = t.connect(target === undefined ? { fields } : { target })
  await t.opens(client)
  return client
}

/** What happens when replay cannot be exact, and when nobody knows the id. */
export const GAP_CHECKS: readonly StreamCheck[] = [
  forConcentrator({
    id: 'gap.told',
    title:
      'A client whose id is unknown is told that something may be missing, by an event with data',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.9]',
    meaning: SILENT,
    needs: ['gap-event'],
    kills: ['silent-gap', 'no-gap-event', 'gap-event-without-data'],
    async run(t) {
      await announce(t)
      const back = await returnWith(t, UNKNOWN_ID)
      await t.until(
        () => gapsOf(back) > 0,
        `no ${GAP_EVENT} event came to a client with an unknown id`,
      )
    },
  }),
  forConcentrator({
    id: 'gap.announces',
    title: 'A client whose id is unknown gets every known change log announced again',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.9]',
    meaning: SILENT,
    needs: ['gap-event'],
    kills: ['no-resync', 'resync-newest-only'],
    async run(t) {
      const { logs } = await announce(t)
      const back = await returnWith(t, UNKNOWN_ID)
      const missing = (): readonly string[] => logs.filter((log) => !back.hasEvent(log))
      await t.until(
        () => missing().length === 0,
        () => `not announced again: ${missing().join(' ')}`,
      )
    },
  }),
  forConcentrator({
    id: 'gap.only-who-needs-it',
    title: 'Only the client with the gap gets announcements again',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.9]',
    meaning: 'One returning client makes all others poll the store.',
    needs: ['gap-event'],
    kills: ['resync-for-all'],
    async run(t) {
      const { stream, logs } = await announce(t)
      const back = await returnWith(t, UNKNOWN_ID)
      await t.until(() => logs.every((log) => back.hasEvent(log)), 'nothing was announced again')
      await stream.settles()
    },
  }),
  forConcentrator({
    id: 'gap.none-when-exact',
    title: 'A client whose replay is exact is told of no gap',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.8] [protocol §5.9]',
    meaning: 'Every return makes clients poll everything.',
    needs: ['replay', 'gap-event'],
    kills: ['gap-for-everybody'],
    async run(t) {
      const { stream } = await announce(t)
      const id = stream.client.events.at(-2)?.lastEventId.toString('latin1') ?? ''
      t.expect(id !== '', 'events come without an id')
      const back = await returnWith(t, id)
      await stream.arrives('data: live\n\n')
      await t.until(() => back.hasEvent('live'), 'the returned client got no live event')
      t.expect(
        gapsOf(back) === 0,
        `a client whose replay is exact was told of a gap ${gapsOf(back)} times`,
      )
    },
  }),
  forConcentrator({
    id: 'gap.no-history',
    title: 'A client whose id is unknown does not get the whole log',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.9]',
    meaning: 'Clients act on the past once more.',
    needs: ['gap-event'],
    kills: ['replay-all-when-unknown'],
    async run(t) {
      const stream = await t.stream()
      for (const number of [1, 2, 3]) await stream.arrives(`data: old ${number}\n\n`)
      const back = await returnWith(t, UNKNOWN_ID)
      await stream.arrives('data: live\n\n')
      await t.until(() => back.hasEvent('live'), 'the returned client got no live event')
      const old = dataOf(back).filter((data) => data.startsWith('old'))
      t.expect(
        old.length === 0,
        `a client with an unknown id got ${old.length} old events that are no change logs`,
      )
    },
  }),
  forConcentrator({
    id: 'replay.odd-id',
    title: 'Odd ids are answered like unknown ones',
    level: 'must',
    source: '[sse §9.2.3]',
    meaning: 'A client with a broken id is shut out until somebody clears its memory.',
    kills: ['odd-id-hangs', 'odd-id-400'],
    async run(t) {
      const stream = await t.stream()
      for (const id of [
        '0',
        '-1',
        '99999999999999999999',
        '../../etc',
        '%00',
        'é',
        '{"a":1}',
        ',',
      ]) {
        const back = await returnWith(t, id)
        const data = t.token()
        await stream.arrives(`data: ${data}\n\n`)
        await t.until(
          () => back.hasEvent(data),
          `a client with the id ${JSON.stringify(id)} got no live event`,
        )
        back.close()
      }
    },
  }),
  forConcentrator({
    id: 'replay.long-id',
    title: 'An id of four thousand bytes is answered like an unknown one, or refused',
    level: 'must',
    source: '[sse §9.2.3] [http §5.4]',
    meaning: 'A client with a broken id is shut out until somebody clears its memory.',
    kills: ['long-id-hangs', 'long-id-500'],
    async run(t) {
      const stream = await t.stream()
      const client = t.connect({ fields: [{ name: 'Last-Event-ID', value: 'x'.repeat(4000) }] })
      await t.until(() => client.head !== undefined || client.closed, 'a long id got no answer')
      const status = client.head?.status ?? 0
      t.expect(
        status === 200 || (status >= 400 && status < 500),
        `a long id was answered with ${client.head?.status ?? 'a close'}`,
      )
      await stream.arrives('data: live\n\n')
      if (status !== 200) return `refused with ${status}`
      await t.until(() => client.hasEvent('live'), 'a client with a long id got no live event')
      return 'served'
    },
  }),
  forConcentrator({
    id: 'replay.query-id',
    title: 'The parameter lastEventId in the query stands in for the header',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.16]',
    meaning: 'Clients that cannot set headers miss events when they return.',
    needs: ['replay', 'gap-event'],
    kills: ['ignores-query-id'],
    async run(t) {
      const stream = await t.stream()
      for (const number of [1, 2, 3]) await stream.arrives(`data: ${number}\n\n`)
      const first = stream.received[0]?.lastEventId.toString('latin1') ?? ''
      const back = await returnWith(t, '', `/sse?lastEventId=${encodeURIComponent(first)}`)
      await t.until(() => back.hasEvent('3'), 'the events after the id in the query did not come')
      t.expect(
        dataOf(back).join() === '2,3',
        `with the id of event 1 in the query the client read ${dataOf(back).join()}`,
      )
    },
  }),
  forConcentrator({
    id: 'replay.restart',
    title: 'An id from before a restart of the target is not taken for another event',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.7] [protocol §5.9]',
    meaning:
      'After a restart clients silently miss events, because ids begin anew and fit by chance.',
    needs: ['replay', 'gap-event'],
    cost: 'slow',
    freshTarget: true,
    kills: ['ids-start-at-1'],
    async run(t) {
      const before = await t.stream()
      for (const number of [1, 2, 3]) await before.arrives(`data: before ${number}\n\n`)
      const id = before.received[0]?.lastEventId.toString('latin1') ?? ''
      await t.target.restart()
      const stream = await t.stream()
      for (let number = 1; number <= 9; number += 1)
        await stream.arrives(`data: after ${number}\n\n`)
      const back = await returnWith(t, id)
      await t.until(
        () => gapsOf(back) > 0,
        'a client with an id from before the restart was not told of a gap',
      )
    },
  }),
]
