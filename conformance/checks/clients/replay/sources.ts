import type { RawClient } from '../../../client/raw-client.ts'
import type { Rig } from '../../../rig/rig.ts'
import type { Stream } from '../../../rig/stream.ts'
import { forConcentrator, type StreamCheck } from '../../stream-check.ts'
import { dataOf, gapsOf, idOf } from '../events-of.ts'
import { returnWith } from '../returning-client.ts'

const LOST = 'Clients miss or repeat changes whenever a connection drops.'
const INSIDE = 5
const COUNT = 10

/** A client returns with this id; it must read exactly these events. */
async function reads(
  t: Rig,
  id: string,
  wanted: readonly string[],
  when: string,
): Promise<RawClient> {
  const back = await returnWith(t, id)
  const last = wanted.at(-1) ?? ''
  await t.eventually(() => back.hasEvent(last))
  const came = dataOf(back)
  t.expectRead(came, wanted, `${when}, at a reconnected client`)
  return back
}

async function numbered(t: Rig, count: number): Promise<Stream> {
  const stream = await t.stream()
  for (let number = 0; number <= count; number += 1) await stream.arrives(`data: ${number}\n\n`)
  return stream
}

async function reachesWitness(t: Rig, stream: Stream, data: string): Promise<void> {
  await t.requireEventually(
    () => stream.client.hasEvent(data),
    `event ${data} did not reach the client that stayed connected`,
  )
}

const upTo = (from: number, to: number): readonly string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => `${from + index}`)

/** Which events a replay has, under which ids, and for whom. */
export const REPLAY_SOURCE_CHECKS: readonly StreamCheck[] = [
  forConcentrator({
    id: 'replay.same-ids',
    title:
      'Replayed events have the same ids as live ones, and a client can resume inside a replay',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.7] [protocol §5.8]',
    meaning: 'A client that is cut off during its replay misses or repeats the rest.',
    needs: ['replay'],
    kills: [
      'ring-replay-without-ids',
      'ring-replay-newest-id',
      'replay-without-ids',
      'replay-newest-id',
    ],
    async run(t) {
      const stream = await numbered(t, COUNT)
      const wanted = upTo(1, COUNT)
      const back = await reads(t, idOf(t, stream, '0'), wanted, 'after event 0')
      for (const data of wanted) {
        const live = idOf(t, stream, data)
        const event = back.events.find((candidate) => candidate.data.toString() === data)
        const replayed = event?.lastEventId.toString('latin1') ?? ''
        t.expect(
          replayed === live,
          `event ${data} has the id ${JSON.stringify(live)} when it is live and ${JSON.stringify(replayed)} when it is replayed`,
        )
      }
      const inside = back.events[INSIDE - 1]?.lastEventId.toString('latin1') ?? ''
      await reads(t, inside, upTo(INSIDE + 1, COUNT), `from inside a replay, after event ${INSIDE}`)
    },
  }),
  forConcentrator({
    id: 'replay.twice',
    title: 'Two clients that return with the same id get the same replay',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.8]',
    meaning: 'Only the first of several clients gets what all of them missed.',
    needs: ['replay'],
    kills: ['ring-replays-once', 'replays-once'],
    async run(t) {
      const stream = await numbered(t, 3)
      const id = idOf(t, stream, '0')
      for (const client of ['first', 'second', 'third'])
        await reads(t, id, upTo(1, 3), `as the ${client} one with the same id`)
    },
  }),
  forConcentrator({
    id: 'replay.two-back-ends',
    title: 'Missed events of every back end are replayed, in their common order',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.3] [protocol §5.8]',
    meaning: LOST,
    needs: ['replay'],
    kills: ['ring-replay-first-back-end', 'replay-first-back-end'],
    async run(t) {
      const stream = await t.stream()
      const other = await t.upstreamOf(t.second)
      await stream.arrives('data: before\n\n')
      const wanted: string[] = []
      for (const number of [1, 2, 3]) {
        for (const [name, upstream] of [
          ['A', stream.upstream],
          ['B', other],
        ] as const) {
          const data = `${name} ${number}`
          upstream.write(`data: ${data}\n\n`)
          wanted.push(data)
          await reachesWitness(t, stream, data)
        }
      }
      await reads(t, idOf(t, stream, 'before'), wanted, 'after events of two back ends')
    },
  }),
  forConcentrator({
    id: 'replay.back-end-ids',
    title: 'Ids of two back ends do not disturb the replay',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.7] [protocol §5.8]',
    meaning: LOST,
    needs: ['replay'],
    freshTarget: true,
    kills: ['ring-back-end-ids-too', 'back-end-ids'],
    async run(t) {
      const stream = await t.stream()
      const other = await t.upstreamOf(t.second)
      const wanted: string[] = []
      for (const number of [1, 2, 3]) {
        for (const [name, upstream] of [
          ['A', stream.upstream],
          ['B', other],
        ] as const) {
          const data = `${name} ${number}`
          upstream.write(`id: ${number}\ndata: ${data}\n\n`)
          wanted.push(data)
          await reachesWitness(t, stream, data)
        }
      }
      for (const at of [0, 2, 3]) {
        const data = wanted[at] ?? ''
        await reads(t, idOf(t, stream, data), wanted.slice(at + 1), `after event ${data}`)
      }
    },
  }),
  forConcentrator({
    id: 'replay.outage',
    title: 'Events from before a loss of their back end are replayed during it and after it',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.8] [protocol §5.11]',
    meaning: LOST,
    needs: ['replay'],
    cost: 'slow',
    freshTarget: true,
    kills: ['ring-no-replay-while-down', 'ring-forgets-on-loss', 'log-ends-with-back-end'],
    async run(t) {
      const stream = await numbered(t, 3)
      const id = idOf(t, stream, '0')
      const { origin } = t.backend
      await origin.stopListening()
      try {
        origin.resetAll()
        await t.requireEventually(
          () => origin.connectionCount === 0,
          'the connections of the back end did not end',
        )
        // The target has read the reset when an event of the other back end has come through.
        const other = await t.upstreamOf(t.second)
        other.write('data: 4\n\n')
        await t.requireEventually(() => stream.client.hasEvent('4'), 'no event of back end B came')
        await reads(t, id, upTo(1, 4), 'while the back end was down')
      } finally {
        await origin.listen()
      }
      const next = await t.upstreamOf(t.backend)
      next.write('data: 5\n\n')
      await t.requireEventually(() => stream.client.hasEvent('5'), 'no event came after the loss')
      await reads(t, id, upTo(1, 5), 'after the back end was down')
    },
  }),
  forConcentrator({
    id: 'replay.field-case',
    title: 'The letter case of the field name Last-Event-ID does not matter',
    level: 'must',
    basis: 'standard',
    source: '[http §5.1]',
    meaning: 'Clients behind a front that speaks HTTP/2, which sends lower case, lose events.',
    needs: ['replay'],
    kills: ['ring-exact-field-name', 'exact-id-field'],
    async run(t) {
      const stream = await numbered(t, 3)
      const value = idOf(t, stream, '1')
      for (const name of ['last-event-id', 'LAST-EVENT-ID', 'Last-Event-Id']) {
        const back = t.connect({ fields: [{ name, value }] })
        await t.opens(back)
        await t.eventually(() => back.hasEvent('3'))
        t.expectRead(dataOf(back), ['2', '3'], `with the id of event 1 in the field ${name}`)
      }
    },
  }),
  forConcentrator({
    id: 'replay.empty-id',
    title: 'A client with an empty Last-Event-ID is a new client',
    level: 'should',
    basis: 'choice',
    source: '[protocol §5.8] [sse §9.2.3]',
    meaning: 'New clients poll everything, because they are taken for lost ones.',
    needs: ['replay', 'gap-event'],
    kills: ['empty-id-is-unknown', 'ring-empty-id-is-unknown', 'history-to-newcomers'],
    async run(t) {
      const stream = await numbered(t, 3)
      const client = await returnWith(t, '')
      await stream.arrives('data: live\n\n')
      await t.requireEventually(() => client.hasEvent('live'), 'the client got no live event')
      t.expect(gapsOf(client) === 0, 'a client with an empty id got a gap event')
      t.expectRead(dataOf(client), ['live'], 'by a client with an empty id')
    },
  }),
]
