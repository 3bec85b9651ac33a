import type { RawClient } from '../../../client/raw-client.ts'
import { firstDifference } from '../../../rig/finding/compare-events.ts'
import type { Rig } from '../../../rig/rig.ts'
import type { Stream } from '../../../rig/stream.ts'
import { forConcentrator, type StreamCheck } from '../../stream-check.ts'
import { dataOf, exceedsLog, idOf, streamWithEvent } from '../events-of.ts'
import { returnWith } from '../returning-client.ts'
import { counted } from '../../../counted.ts'

const LOST = 'Clients miss or repeat changes whenever a connection drops.'
/** Every count up to here is missed once, and each power of two up to 1024 with both neighbours. */
const EACH_UP_TO = 130
const POWERS = [256, 512, 1024]
const AT_ONCE = 20
const LARGE_BYTES = 300_000
const PAUSED_EVENTS = 160
const PAUSED_BYTES = 60_000
const MEANWHILE = 30

const COUNTS: readonly number[] = [
  ...Array.from({ length: EACH_UP_TO }, (_, index) => index + 1),
  ...POWERS.flatMap((power) => [power - 1, power, power + 1]),
]
const MOST = Math.max(...COUNTS)

/** Waits until the client has the event with this data. */
async function gets(t: Rig, client: RawClient, data: string, bytes = 0, missed = 0): Promise<void> {
  const isOver = await t.eventuallyWhileReceiving(
    () => client.contentBytes,
    () => client.hasEvent(data) || client.closed || exceedsLog(client, missed),
    t.holdMsFor(bytes),
  )
  if (!isOver)
    t.fail(
      `a reconnected client got ${counted(dataOf(client).length, 'event')}, not "${data}"`,
      'missed',
    )
  if (exceedsLog(client, missed)) return
  t.expect(!client.closed || client.hasEvent(data), 'a reconnected client lost its connection')
}

/** Whether all the missed events were replayed. False: the log of the target is smaller. */
async function replays(t: Rig, stream: Stream, count: number): Promise<boolean> {
  const back = await returnWith(t, idOf(t, stream, `${MOST - count}`))
  await gets(t, back, `${MOST}`, 0, count)
  if (exceedsLog(back, count)) return false
  const came = dataOf(back)
  const at = Array.from({ length: count }, (_, index) => `${MOST - count + 1 + index}`).findIndex(
    (data, index) => data !== came[index],
  )
  t.expect(
    at === -1 && came.length === count,
    `a client that missed ${counted(count, 'event')} read ${came.length}` +
      (at === -1 ? '' : `; missed event ${at + 1} came as ${JSON.stringify(came[at])}`),
  )
  back.close()
  return true
}

/** Replays of many lengths and sizes. */
export const REPLAY_SWEEP_CHECKS: readonly StreamCheck[] = [
  forConcentrator({
    id: 'replay.counts',
    title: 'A client gets exactly the missed events, whatever their number',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.8]',
    meaning: LOST,
    needs: ['replay'],
    cost: 'slow',
    kills: ['ring-power-of-two', 'replay-power-of-two'],
    async run(t) {
      const stream = await t.stream()
      for (let number = 0; number <= MOST; number += 1)
        await stream.inBatches(number, `data: ${number}\n\n`)
      await gets(t, stream.client, `${MOST}`)
      let most = 0
      for (let from = 0; from < COUNTS.length; from += AT_ONCE) {
        const batch = COUNTS.slice(from, from + AT_ONCE)
        const replayed = await Promise.all(batch.map((count) => replays(t, stream, count)))
        most = Math.max(most, ...batch.filter((_, at) => replayed[at]))
      }
      return most < MOST ? `the log of the target holds ${most} events or a few more` : undefined
    },
  }),
  forConcentrator({
    id: 'replay.large',
    title: 'A large event is replayed whole',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.8]',
    meaning: LOST,
    needs: ['replay'],
    kills: ['ring-replay-cuts-large', 'replay-cuts-large'],
    async run(t) {
      const stream = await t.stream()
      await stream.arrives('data: 0\n\n')
      await stream.arrives(`data: ${'å€𝄞 '.repeat(LARGE_BYTES / 10)}\n\n`)
      await stream.arrives('data: last\n\n')
      const back = await returnWith(t, idOf(t, stream, '0'))
      await gets(t, back, 'last', LARGE_BYTES)
      const difference = firstDifference(stream.client.events.slice(-2), back.events)
      t.expect(difference === undefined, `after a reconnect: ${difference}`)
    },
  }),
  forConcentrator({
    id: 'replay.paused',
    title: 'Events written while a client pauses in its replay follow the replay exactly',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.8] [protocol §5.10]',
    meaning: 'A slow client that reconnects during a busy minute misses or repeats changes.',
    needs: ['replay'],
    cost: 'slow',
    freshTarget: true,
    kills: ['ring-pause-skips', 'ring-pause-repeats', 'drops-when-slow'],
    async run(t) {
      const { stream, id } = await streamWithEvent(t, 'before')
      const block = 'x'.repeat(PAUSED_BYTES)
      for (let number = 0; number < PAUSED_EVENTS; number += 1)
        await stream.inBatches(number, `data: ${number} ${block}\n\n`)
      const back = t.connect({ fields: [{ name: 'Last-Event-ID', value: id }] })
      // More bytes are replayed than the sockets hold: the target is in the middle of it.
      const bytes = PAUSED_EVENTS * PAUSED_BYTES
      const begins = (): boolean => back.contentBytes > 0 || back.closed
      await t.requireEventually(begins, 'no replay began', t.holdMsFor(bytes))
      back.pause()
      for (let number = 0; number < MEANWHILE; number += 1)
        await stream.arrives(`data: ${PAUSED_EVENTS + number} meanwhile\n\n`)
      await stream.arrives('data: end\n\n')
      back.resume()
      await gets(t, back, 'end')
      const came = dataOf(back).map((data) => data.split(' ', 1)[0])
      const wanted = [
        ...Array.from({ length: PAUSED_EVENTS + MEANWHILE }, (_, number) => `${number}`),
        'end',
      ]
      const at = wanted.findIndex((number, index) => number !== came[index])
      t.expect(
        at === -1 && came.length === wanted.length,
        `${PAUSED_EVENTS} events were missed and ${MEANWHILE} written during the replay; ` +
          (at === -1
            ? `the client read ${came.length - wanted.length} more than that`
            : `instead of event ${wanted[at]} the client read ${came[at] ?? 'nothing'}`),
      )
    },
  }),
]
