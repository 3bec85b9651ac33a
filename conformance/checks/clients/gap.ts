import type { RawClient } from '../../client/raw-client.ts'
import { GAP_EVENT } from '../../rig/front-side.ts'
import type { Rig } from '../../rig/rig.ts'
import type { Stream } from '../../rig/stream.ts'
import { forConcentrator, type StreamCheck } from '../stream-check.ts'
import { dataOf, gapsOf } from './events-of.ts'
import { returnWith } from './returning-client.ts'

const UNKNOWN_ID = 'an-unknown-id'
const MANY_LOGS = 30
const SILENT = 'Clients never learn about the changes that they missed.'

/** A witness stream that has carried announcements of change logs. */
async function announce(
  t: Rig,
): Promise<{ readonly stream: Stream; readonly logs: readonly string[] }> {
  const stream = await t.stream()
  const logs = [t.changeLog(), t.changeLog(), t.changeLog()]
  for (const log of logs) await stream.arrives(`data: ${log}\n\n`)
  return { stream, logs }
}

/**
 * Gap events and announcements, for clients whose replay cannot be exact. Most need a fresh target:
 * the gap event for an outage in the check before may come in this one.
 */
export const GAP_CHECKS: readonly StreamCheck[] = [
  forConcentrator({
    id: 'gap.told',
    title: 'A client with an unknown id gets the gap event, with data',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.9]',
    meaning: SILENT,
    needs: ['gap-event'],
    kills: ['silent-gap', 'no-gap-event', 'gap-event-without-data'],
    async run(t) {
      await announce(t)
      const back = await returnWith(t, UNKNOWN_ID)
      await t.requireEventually(
        () => gapsOf(back) > 0,
        `no ${GAP_EVENT} event came to a client with an unknown id`,
      )
    },
  }),
  forConcentrator({
    id: 'gap.announces',
    title: 'Every known change log is announced again to a client with an unknown id',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.9]',
    meaning: SILENT,
    needs: ['gap-event'],
    freshTarget: true,
    kills: ['no-resync', 'resync-newest-only', 'resync-at-most-ten'],
    async run(t) {
      // Not in lockstep: a gap of another back end may repeat some of them in between.
      const { client, upstream } = await t.stream()
      const logs = Array.from({ length: MANY_LOGS }, () => t.changeLog())
      for (const log of logs) upstream.write(`data: ${log}\n\n`)
      await t.requireEventually(
        () => logs.every((log) => client.hasEvent(log)),
        'not all change logs reached the client that stayed connected',
      )
      const back = await returnWith(t, UNKNOWN_ID)
      const missing = (): readonly string[] => logs.filter((log) => !back.hasEvent(log))
      await t.requireEventually(
        () => missing().length === 0,
        () => `these change logs were not announced again: ${missing().join(', ')}`,
      )
    },
  }),
  forConcentrator({
    id: 'gap.only-who-needs-it',
    title: 'Change logs are announced again only to the client with the gap',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.9]',
    meaning: 'One reconnecting client makes all others poll the store.',
    needs: ['gap-event'],
    freshTarget: true,
    kills: ['resync-for-all'],
    async run(t) {
      const { stream, logs } = await announce(t)
      const back = await returnWith(t, UNKNOWN_ID)
      await t.requireEventually(
        () => logs.every((log) => back.hasEvent(log)),
        'nothing was announced again',
      )
      await stream.expectNothingElse()
    },
  }),
  forConcentrator({
    id: 'gap.none-when-exact',
    title: 'A client whose replay is exact gets no gap event',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.8] [protocol §5.9]',
    meaning: 'Every reconnect makes clients poll everything.',
    needs: ['replay', 'gap-event'],
    freshTarget: true,
    kills: ['gap-for-all'],
    async run(t) {
      const { stream } = await announce(t)
      const id = stream.client.events.at(-2)?.lastEventId.toString('latin1') ?? ''
      t.expect(id !== '', 'events come without an id')
      const back = await returnWith(t, id)
      await stream.arrives('data: live\n\n')
      await t.requireEventually(
        () => back.hasEvent('live'),
        'the reconnected client got no live event',
      )
      t.expect(gapsOf(back) === 0, `a client whose replay is exact got ${gapsOf(back)} gap events`)
    },
  }),
  forConcentrator({
    id: 'gap.no-history',
    title: 'A client with an unknown id does not get the whole log',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.9]',
    meaning: 'Clients process old events a second time.',
    needs: ['gap-event'],
    freshTarget: true,
    kills: ['replay-all-when-unknown'],
    async run(t) {
      const stream = await t.stream()
      for (const number of [1, 2, 3]) await stream.arrives(`data: old ${number}\n\n`)
      const back = await returnWith(t, UNKNOWN_ID)
      await stream.arrives('data: live\n\n')
      await t.requireEventually(
        () => back.hasEvent('live'),
        'the reconnected client got no live event',
      )
      const old = dataOf(back).filter((data) => data.startsWith('old'))
      t.expect(
        old.length === 0,
        `a client with an unknown id got ${old.length} old events that do not announce change logs`,
      )
    },
  }),
  forConcentrator({
    id: 'gap.resumes',
    title: 'After the gap event a client has an id from which it can resume exactly',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.8] [protocol §5.9]',
    meaning: 'A client with a gap polls everything again at every reconnect.',
    needs: ['replay', 'gap-event'],
    freshTarget: true,
    kills: ['ring-gap-without-id', 'gap-keeps-id'],
    async run(t) {
      const { stream } = await announce(t)
      const lost = await returnWith(t, UNKNOWN_ID)
      await t.requireEventually(() => gapsOf(lost) > 0, 'no gap event came')
      // The id may follow the announcement, which waits for its turn.
      await t.requireEventually(
        () => lost.lastEventId.length > 0,
        'the gap event came without an id; the client still has its old one',
      )
      const id = lost.lastEventId.toString('latin1')
      lost.close()
      await stream.arrives('data: missed\n\n')
      const back = await returnWith(t, id)
      await t.requireEventually(
        () => back.hasEvent('missed'),
        'a client that returned with the id of the gap event did not get the event after it',
      )
      t.expect(
        gapsOf(back) === 0,
        'a client that returned with the id of the gap event got another one',
      )
    },
  }),
  forConcentrator({
    id: 'gap.after-outage',
    title: 'Every client gets the gap event when a back end without ids has been away',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.9]',
    meaning: SILENT,
    needs: ['gap-event'],
    cost: 'slow',
    freshTarget: true,
    kills: ['ring-silent-outage', 'silent-outage'],
    async run(t) {
      const { stream, logs } = await announce(t)
      const other = t.connect()
      await t.opens(other)
      const next = await t.renewUpstream(t.backend)
      next.write('data: after\n\n')
      for (const client of [stream.client, other]) {
        await t.requireEventually(
          () => client.hasEvent('after'),
          'the event after the outage did not reach every client',
        )
        await t.requireEventually(
          () => gapsOf(client) > 0,
          () =>
            `back end A, which sends no ids, was away, and ${client.name} got no ${GAP_EVENT} event`,
        )
        await t.requireEventually(
          () => logs.every((log) => countOf(client, log) > (client === other ? 0 : 1)),
          () => `${client.name} did not get every known change log again after an outage`,
          t.reconnectMs,
        )
      }
    },
  }),
]

function countOf(client: RawClient, data: string): number {
  return dataOf(client).filter((each) => each === data).length
}
