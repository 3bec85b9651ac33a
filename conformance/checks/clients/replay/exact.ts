import type { RawClient } from '../../../client/raw-client.ts'
import { firstDifference } from '../../../rig/finding/compare-events.ts'
import type { Rig } from '../../../rig/rig.ts'
import { forConcentrator, type StreamCheck } from '../../stream-check.ts'
import { dataOf, exceedsLog, idOf, skipIfBeyondLog, streamWithEvent } from '../events-of.ts'
import { counted } from '../../../counted.ts'

const MANY = 500
const LOST = 'Clients miss or repeat changes whenever a connection drops.'

/**
 * Reconnects with an id after `missed` events. Resolves when the event with this data has arrived.
 */
async function resume(t: Rig, id: string, until: string, missed = 0): Promise<RawClient> {
  const client = t.connect({ fields: [{ name: 'Last-Event-ID', value: id }] })
  await t.opens(client)
  await t.requireEventuallyWhileGrowing(
    () => client.events.length,
    () => client.hasEvent(until) || exceedsLog(client, missed),
    () =>
      `after a reconnect with the id ${JSON.stringify(id)} the client got ${counted(dataOf(client).length, 'event')}, not ${until}`,
  )
  skipIfBeyondLog(t, client, missed)
  return client
}

/**
 * Exact replay: a reconnecting client gets the events that it missed, in order, without gap or
 * duplicate.
 */
export const REPLAY_CHECKS: readonly StreamCheck[] = [
  forConcentrator({
    id: 'replay.exact',
    title: 'A reconnecting client gets every missed event once, in order, then live events',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.8] [sse §9.2.3]',
    meaning: LOST,
    needs: ['replay'],
    kills: ['replay-off-by-one', 'replay-skips-last', 'replay-reversed', 'same-id-for-all'],
    async run(t) {
      const stream = await t.stream()
      for (let number = 1; number <= 10; number += 1) await stream.arrives(`data: ${number}\n\n`)
      const back = await resume(t, idOf(t, stream, '4'), '10')
      await stream.arrives('data: live\n\n')
      await t.requireEventually(
        () => back.hasEvent('live'),
        'the reconnected client got no live event',
      )
      t.expectRead(
        dataOf(back),
        ['5', '6', '7', '8', '9', '10', 'live'],
        'after a reconnect with the id of event 4',
      )
    },
  }),
  forConcentrator({
    id: 'replay.newest',
    title: 'A reconnecting client that missed nothing gets no replay',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.8]',
    meaning: LOST,
    needs: ['replay'],
    kills: ['replay-includes-last', 'replay-from-start'],
    async run(t) {
      const stream = await t.stream()
      for (let number = 1; number <= 3; number += 1) await stream.arrives(`data: ${number}\n\n`)
      const back = t.connect({ fields: [{ name: 'Last-Event-ID', value: idOf(t, stream, '3') }] })
      await t.opens(back)
      await stream.arrives('data: live\n\n')
      await t.requireEventually(
        () => back.events.length > 0,
        'the reconnected client got no live event',
      )
      t.expectRead(dataOf(back), ['live'], 'after a reconnect with the newest id')
    },
  }),
  forConcentrator({
    id: 'replay.head',
    title:
      'Status and headers reach a client that comes back and missed nothing while no event exists',
    level: 'must',
    source: '[sse §9.2.2] [protocol §5.2]',
    meaning: 'After each short disconnect, browsers stay in "connecting" until the next change.',
    needs: ['replay'],
    kills: ['return-head-waits', 'ring-return-unflushed'],
    async run(t) {
      const { stream, id } = await streamWithEvent(t, '1')
      const back = t.connect({ fields: [{ name: 'Last-Event-ID', value: id }] })
      // A head that comes with the first heartbeat is late.
      const limitMs = Math.min(t.holdMs, (t.claims.heartbeatMs ?? Infinity) / 2)
      const hasHead = (): boolean => back.head !== undefined
      if (!(await t.eventually(hasHead, limitMs))) await t.letTargetRun()
      t.expect(
        hasHead(),
        'a client came back with the newest id, and no response head came while no event existed',
        'late-head',
      )
      await stream.arrives('data: 2\n\n')
      await t.requireEventually(() => back.hasEvent('2'), 'it got no live event')
      t.expectRead(dataOf(back), ['2'], 'a client that came back with the newest id')
    },
  }),
  forConcentrator({
    id: 'replay.many',
    title: 'Five hundred missed events are replayed exactly',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.8]',
    meaning: LOST,
    needs: ['replay'],
    kills: ['replay-at-most-100'],
    async run(t) {
      const { stream, id } = await streamWithEvent(t, '0')
      for (let number = 1; number <= MANY; number += 1) stream.write(`data: ${number}\n\n`)
      await t.requireEventuallyWhileGrowing(
        () => stream.received.length,
        () => stream.received.length > MANY,
        'the events did not reach the client that stayed connected',
      )
      const back = await resume(t, id, `${MANY}`, MANY)
      const wanted = Array.from({ length: MANY }, (_, at) => `${at + 1}`)
      t.expectRead(dataOf(back), wanted, 'by a client that came back after event 0')
    },
  }),
  forConcentrator({
    id: 'replay.concurrent',
    title: 'Events that arrive during a replay follow it without gap or duplicate',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.8]',
    meaning: LOST,
    needs: ['replay'],
    kills: ['replay-at-most-100'],
    async run(t) {
      const { stream, id } = await streamWithEvent(t, '0')
      for (let number = 1; number <= 100; number += 1) stream.write(`data: ${number}\n\n`)
      const backs = Array.from({ length: 10 }, () =>
        t.connect({ fields: [{ name: 'Last-Event-ID', value: id }] }),
      )
      for (let number = 101; number <= 300; number += 1) stream.write(`data: ${number}\n\n`)
      await t.requireEventuallyWhileGrowing(
        () => backs.reduce((sum, { events }) => sum + events.length, 0),
        () => backs.every((client) => client.hasEvent('300') || exceedsLog(client, 300)),
        'the last event did not reach all',
      )
      for (const client of backs) skipIfBeyondLog(t, client, 300)
      const wanted = Array.from({ length: 300 }, (_, i) => `${i + 1}`)
      for (const client of backs) t.expectRead(dataOf(client), wanted, `at ${client.name}`)
    },
  }),
  forConcentrator({
    id: 'replay.bytes',
    title: 'Replayed events equal the live events in type, lines and bytes',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.4] [protocol §5.8]',
    meaning: 'Reconnecting clients see different events than clients that stayed connected.',
    needs: ['replay'],
    kills: ['replay-loses-type', 'replay-joins-lines'],
    async run(t) {
      const { stream, id } = await streamWithEvent(t, '0')
      await stream.arrives('event: story\ndata: a\ndata:  b\n\n')
      await stream.arrives('data: å€𝄞\r\n\r\n')
      await stream.arrives('data\n\n')
      await stream.arrives('data: last\n\n')
      const back = await resume(t, id, 'last')
      const wanted = stream.client.events.slice(-4)
      const difference = firstDifference(wanted, back.events)
      t.expect(difference === undefined, `after a reconnect: ${difference}`)
    },
  }),
  forConcentrator({
    id: 'replay.early-id',
    title:
      'A stream begins with an id, so that a client that is disconnected before the first event can resume',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.17]',
    meaning: 'Clients that lose their connection early miss events without notice.',
    needs: ['replay', 'early-id'],
    kills: ['no-early-id', 'ring-early-id-ahead', 'ring-id-with-event-only'],
    async run(t) {
      const stream = await t.stream()
      const early = t.connect()
      await t.opens(early)
      await t.requireEventually(
        () => early.lastEventId.length > 0,
        'no id came before the first event',
      )
      t.expect(early.events.length === 0, 'the id came with an event')
      const id = early.lastEventId.toString('latin1')
      early.close()
      for (const number of [1, 2, 3]) await stream.arrives(`data: ${number}\n\n`)
      const came = dataOf(await resume(t, id, '3'))
      t.expectRead(came, ['1', '2', '3'], 'after a reconnect with the early id')
    },
  }),
  forConcentrator({
    id: 'replay.first-id',
    title: 'A client that was connected before the first event of all resumes with it',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.17] [protocol §5.8]',
    meaning: 'After a restart of the target a client misses the first change without notice.',
    needs: ['replay', 'early-id'],
    freshTarget: true,
    kills: ['first-id-is-none'],
    async run(t) {
      const early = t.connect()
      await t.opens(early)
      await t.requireEventually(
        () => early.lastEventId.length > 0,
        'no id came before the first event',
      )
      const id = early.lastEventId.toString('latin1')
      early.close()
      const witness = await t.stream()
      await witness.arrives('data: first\n\n')
      await resume(t, id, 'first')
    },
  }),
]
