import type { RawClient } from '../../../client/raw-client.ts'
import type { Rig } from '../../../rig/rig.ts'
import { Deadline } from '../../../runner/responsive-time.ts'
import type { RowFront, TargetRow } from '../../../runner/target.ts'
import { dataOf, gapsOf, idOf, streamWithEvent } from '../../clients/events-of.ts'
import { forConcentrator, type StreamCheck } from '../../stream-check.ts'
import { clientAgainAt, clientAt, Follower, lastIdOf } from './follower.ts'
import { ReplayingSource } from './replaying-source.ts'

const NEEDS = ['row', 'replay'] as const
/** What holds for one proxy holds for all of a row. */
const SHARED = '[protocol §5.8]'

const NO_SECOND =
  'the suite knows one front only: name the second one under row in the file of the target'
const NO_FRONT =
  'the suite cannot kill this front: give commands for it under external.row in the file of the target'
const NO_ENGINE =
  'the suite cannot kill the engine: name it under row.engine or external.row.engine in the file of the target'

function rowOf(t: Rig): TargetRow {
  const { row } = t.target.running
  return row ?? t.skip(NO_SECOND)
}

/** Waits until each client has read the event with this data. */
async function allHave(t: Rig, clients: readonly RawClient[], data: string, what: string) {
  await t.requireEventually(
    () => clients.every((client) => client.hasEvent(data)),
    `${what} did not get the event ${JSON.stringify(data)}`,
    t.reconnectMs,
  )
}

/** Kills one front of a row, and starts it again when its clients have moved to the other one. */
async function moveFrom(t: Rig, killed: RowFront, other: RowFront, round: string): Promise<void> {
  const part = killed.part ?? t.skip(NO_FRONT)
  const source = await ReplayingSource.start(t)
  const moving = await clientAt(t, killed)
  const staying = await clientAt(t, other)
  const [first = '', ...missed] = [1, 2, 3, 4, 5, 6].map((number) => `${round} ${number}`)
  source.emit(first)
  await allHave(t, [moving, staying], first, 'a client')
  const id = lastIdOf(moving)
  for (const data of missed.slice(0, 2)) source.emit(data)
  await allHave(t, [moving, staying], `${round} 3`, 'a client')
  await part.kill()
  await t.requireEventually(() => moving.closed, 'the stream outlived the front that was killed')
  for (const data of missed.slice(2)) source.emit(data)
  const moved = await clientAt(t, other, id)
  await allHave(t, [moved, staying], `${round} 6`, 'a client of the front that is left')
  t.expectRead(dataOf(moved), missed, 'by a client that came from the front that was killed')
  t.expectRead(dataOf(staying), [first, ...missed], 'by a client of the other front')
  t.expect(gapsOf(moved) + gapsOf(staying) === 0, 'a client was told of a gap')
  await part.start()
  const back = await clientAgainAt(t, killed)
  source.emit(`${round} 7`)
  await allHave(t, [back], `${round} 7`, 'a client of the front that was started again')
}

/** Several fronts with one log, for clients that a balancer sends to any of them. */
export const ROW_CHECKS: readonly StreamCheck[] = [
  forConcentrator({
    id: 'row.shares-events',
    title: 'An event reaches clients of both fronts once, and with the same id',
    level: 'must',
    basis: 'choice',
    source: SHARED,
    meaning: 'A client that a balancer sends elsewhere misses changes, or gets them twice.',
    needs: NEEDS,
    kills: ['row-second-deaf', 'row-second-doubles', 'row-own-ids'],
    async run(t) {
      const { fronts } = rowOf(t)
      const upstream = await t.upstreamOf(t.backend)
      const clients = [await clientAt(t, fronts[0]), await clientAt(t, fronts[1])]
      for (const data of ['1', '2', '3']) upstream.write(`data: ${data}\n\n`)
      await allHave(t, clients, '3', 'a client of one front')
      const [one = [], other = []] = clients.map(({ events }) =>
        events.map(
          ({ data, lastEventId }) =>
            `${data.toString()} with the id ${lastEventId.toString('latin1')}`,
        ),
      )
      for (const client of clients) t.expectRead(dataOf(client), ['1', '2', '3'], 'at one front')
      t.expectRead(other, one, 'at the second front, compared with the first one')
    },
  }),
  forConcentrator({
    id: 'row.resumes-elsewhere',
    title: 'A client that reconnects to the other front gets every missed event once, in order',
    level: 'must',
    basis: 'choice',
    source: SHARED,
    meaning: 'After each drop, clients that a balancer sends elsewhere ask for everything again.',
    needs: NEEDS,
    kills: ['row-own-logs', 'row-resumes-live'],
    async run(t) {
      const [, second] = rowOf(t).fronts
      const { stream, id } = await streamWithEvent(t, '1')
      for (const data of ['2', '3', '4']) await stream.arrives(`data: ${data}\n\n`)
      const moved = await clientAt(t, second, id)
      await stream.arrives('data: live\n\n')
      await allHave(t, [moved], 'live', 'a client that came back to the other front')
      t.expectRead(
        dataOf(moved),
        ['2', '3', '4', 'live'],
        'at the other front, with the id of event 1',
      )
      t.expect(idOf(t, stream, 'live') === lastIdOf(moved), 'the next event has two ids')
    },
  }),
  forConcentrator({
    id: 'row.one-upstream',
    title: 'The fronts together hold one connection to each back end',
    level: 'must',
    basis: 'choice',
    source: '[protocol §4.1]',
    meaning: 'Each further front takes a place at every back end, which has few.',
    needs: NEEDS,
    kills: ['row-each-reads'],
    async run(t) {
      const { fronts } = rowOf(t)
      const upstream = await t.upstreamOf(t.backend)
      const clients = [await clientAt(t, fronts[0]), await clientAt(t, fronts[1])]
      upstream.write('data: 1\n\n')
      await allHave(t, clients, '1', 'a client of one front')
      for (const { name, streams } of t.backends) {
        t.expect(streams.length === 1, `${streams.length} connections to back end ${name} are open`)
      }
    },
  }),
  forConcentrator({
    id: 'row.front-killed',
    title: 'When a front is killed, its clients get every event once from the other one',
    level: 'must',
    basis: 'choice',
    source: SHARED,
    meaning: 'The end of one machine costs events.',
    needs: NEEDS,
    cost: 'slow',
    freshTarget: true,
    kills: ['row-no-takeover', 'row-death-loses-log'],
    async run(t) {
      const [first, second] = rowOf(t).fronts
      // One of the two reads the back end.
      await moveFrom(t, first, second, 'first')
      await moveFrom(t, second, first, 'second')
    },
  }),
  forConcentrator({
    id: 'row.engine-killed',
    title:
      'When the engine is killed and starts again, no event is lost or doubled without a gap event',
    level: 'must',
    basis: 'choice',
    source: SHARED,
    meaning: 'Clients miss changes after a failure that they are not told about.',
    needs: NEEDS,
    cost: 'slow',
    freshTarget: true,
    kills: ['row-engine-loses-events', 'row-engine-reuses-ids'],
    async run(t) {
      const { fronts, engine = t.skip(NO_ENGINE) } = rowOf(t)
      const source = await ReplayingSource.start(t)
      const followers = [await Follower.start(t, fronts[0]), await Follower.start(t, fronts[1])]
      const emit = (...list: readonly string[]): void => list.forEach((data) => source.emit(data))
      emit('1', '2', '3')
      for (const follower of followers) await follower.reads('3')
      await engine.kill()
      emit('4', '5', '6')
      // It has then read them.
      await t.letTargetRun()
      await engine.start()
      emit('7')
      for (const follower of followers) await follower.reads('7')
      const names = new Map<string, string>()
      for (const { events, data: came, gaps } of followers) {
        for (const [id, data] of events) {
          t.expect((names.get(id) ?? data) === data, `the id ${id} belongs to two events`)
          names.set(id, data)
        }
        const wanted = ['1', '2', '3', '4', '5', '6', '7']
        if (gaps === 0) t.expectRead(came, wanted, 'by a client that got no gap event')
      }
    },
  }),
  forConcentrator({
    id: 'row.engine-returns',
    title: 'After the engine was killed and started again, the fronts share one log again',
    level: 'must',
    basis: 'choice',
    source: SHARED,
    meaning: 'One short failure of the engine, and clients can no longer change fronts.',
    needs: NEEDS,
    cost: 'slow',
    freshTarget: true,
    kills: ['row-engine-splits'],
    async run(t) {
      const { fronts, engine = t.skip(NO_ENGINE) } = rowOf(t)
      const source = await ReplayingSource.start(t)
      const followers = [await Follower.start(t, fronts[0]), await Follower.start(t, fronts[1])]
      source.emit('before')
      for (const follower of followers) await follower.reads('before')
      await engine.kill()
      await engine.start()
      const deadline = new Deadline(t.reconnectMs + t.holdMs)
      for (let number = 1; ; number += 1) {
        const data = `after ${number}`
        source.emit(data)
        for (const follower of followers) await follower.reads(data)
        const ids = new Set(followers.map((follower) => follower.idOf(data)))
        if (ids.size === 1) break
        t.expect(
          !deadline.reached,
          `an event has the ids ${[...ids].join(' and ')} at the two fronts`,
        )
        await t.pause(50)
      }
      deadline.clear()
    },
  }),
]
