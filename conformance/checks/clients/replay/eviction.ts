import type { RawClient } from '../../../client/raw-client.ts'
import type { Rig } from '../../../rig/rig.ts'
import type { Stream } from '../../../rig/stream.ts'
import { forConcentrator, type StreamCheck } from '../../stream-check.ts'
import { dataOf, gapsOf, idOf, mayHaveToldOfOutage, TOO_SLOW } from '../events-of.ts'
import { commentAt, commentingUntil } from '../keep-alive.ts'

const BEYOND = 20
/** Places before the oldest event that a client resumes from. */
const AROUND = 6
/** So often as many events as the log holds are written before a first one must be evicted. */
const MOST_LOGS = 4

/** Writes numbered events from one number to another. */
async function writeNumbered(t: Rig, stream: Stream, from: number, to: number): Promise<void> {
  // In batches: a client that falls behind the log may be disconnected.
  for (let number = from; number <= to; number += 1) {
    // On a busy machine this takes longer than a target waits for a silent back end.
    commentAt(t, number)
    await stream.inBatches(number, `data: ${number}\n\n`)
  }
  await t.requireEventuallyWhileGrowing(
    () => stream.client.events.length,
    () => stream.client.hasEvent(`${to}`),
    'not all events arrived',
  )
}

/** Writes numbered events until the log may have evicted the first ones. Returns the last number. */
async function overflow(t: Rig, stream: Stream, logEvents: number): Promise<number> {
  const last = logEvents + BEYOND
  await writeNumbered(t, stream, 0, last)
  return last
}

/** The data of the events after one number, up to another. */
function numbersAfter(number: number, last: number): readonly string[] {
  return Array.from({ length: last - number }, (_, at) => `${number + 1 + at}`)
}

async function returnAfter(t: Rig, stream: Stream, number: number): Promise<RawClient> {
  const back = t.connect({
    fields: [{ name: 'Last-Event-ID', value: idOf(t, stream, `${number}`) }],
  })
  await t.opens(back)
  return back
}

/**
 * Whether a client that has come back with the id of the first event got everything after it: a log
 * may hold more than its target claims, for example when it is evicted in segments.
 */
async function holdsMore(t: Rig, back: RawClient, last: number): Promise<boolean> {
  await t.eventuallyWhileGrowing(
    () => back.events.length,
    () => gapsOf(back) > 0 || back.hasEvent(`${last}`),
  )
  if (gapsOf(back) > 0 || !back.hasEvent(`${last}`)) return false
  t.expectRead(dataOf(back), numbersAfter(1, last), `after a reconnect with event 1 of ${last}`)
  return true
}

/** Log capacity: how far back a client can resume. */
export const REPLAY_EVICTION_CHECKS: readonly StreamCheck[] = [
  forConcentrator({
    id: 'replay.edge',
    title:
      'The log holds at least as many events as claimed: a client can resume from the oldest exactly',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.8]',
    meaning: 'Clients that reconnect within the promised window miss changes, or poll everything.',
    needs: ['replay'],
    variant: 'tight',
    freshTarget: true,
    kills: ['log-half-as-long'],
    async run(t) {
      const logEvents = t.claimed('logEvents')
      const stream = await t.stream()
      const last = await overflow(t, stream, logEvents)
      const oldest = last - logEvents + 1
      const back = await returnAfter(t, stream, oldest)
      const isDisturbed = mayHaveToldOfOutage(stream)
      const isReplayed = (): boolean => back.hasEvent(`${last}`)
      await t.eventuallyWhileGrowing(() => back.events.length, isReplayed)
      if (isDisturbed) t.inconclusive(TOO_SLOW)
      t.expect(isReplayed(), `event ${last} was not replayed`, 'missed')
      t.expectRead(
        dataOf(back),
        numbersAfter(oldest, last),
        `after a reconnect with event ${oldest} of ${last}`,
      )
      t.expect(gapsOf(back) === 0, 'the client was told of a gap although it missed nothing')
    },
  }),
  forConcentrator({
    id: 'replay.around-edge',
    title: 'Wherever the log begins, a client gets every event that it missed or the gap event',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.8] [protocol §5.9]',
    meaning:
      'A client that was away for as long as the log reaches misses one change without notice.',
    needs: ['replay', 'gap-event'],
    variant: 'tight',
    freshTarget: true,
    kills: ['edge-loses-oldest'],
    async run(t) {
      const logEvents = t.claimed('logEvents')
      const stream = await t.stream()
      const last = await overflow(t, stream, logEvents)
      const oldest = last - logEvents + 1
      // Few clients: a target may serve no more than it claims.
      const numbers = Array.from({ length: AROUND + 1 }, (_, at) => oldest - AROUND + at)
      const backs = await Promise.all(numbers.map((number) => returnAfter(t, stream, number)))
      const hasAll = (back: RawClient): boolean => gapsOf(back) > 0 || back.hasEvent(`${last}`)
      await t.eventuallyWhileGrowing(
        () => backs.reduce((sum, { events }) => sum + events.length, 0),
        commentingUntil(t, () => backs.every(hasAll)),
      )
      if (mayHaveToldOfOutage(stream)) t.inconclusive(TOO_SLOW)
      for (const [at, back] of backs.entries()) {
        const number = numbers[at] ?? oldest
        t.expect(
          hasAll(back),
          `a client that had event ${number} of ${last} got no replay`,
          'missed',
        )
        if (gapsOf(back) > 0) continue
        t.expectRead(
          dataOf(back),
          numbersAfter(number, last),
          `after a reconnect with event ${number} of ${last}`,
        )
      }
      const gaps = backs.filter((back) => gapsOf(back) > 0).length
      return gaps === 0 ? `the log holds more than ${logEvents + AROUND} events` : undefined
    },
  }),
  forConcentrator({
    id: 'replay.evicted',
    title: 'A client whose id was evicted from the log gets the gap event',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.9]',
    meaning: 'Clients that were away for long get an incomplete replay without notice.',
    needs: ['replay', 'gap-event'],
    variant: 'tight',
    freshTarget: true,
    kills: ['replay-all-when-unknown', 'silent-gap'],
    async run(t) {
      const logEvents = t.claimed('logEvents')
      const stream = await t.stream()
      let last = await overflow(t, stream, logEvents)
      let back = await returnAfter(t, stream, 1)
      for (let logs = 1; await holdsMore(t, back, last); logs += 1) {
        if (logs === MOST_LOGS)
          t.skip(
            `the log still has the first of ${last} events: claim more than ${logEvents} logEvents`,
          )
        back.close()
        await writeNumbered(t, stream, last + 1, last + logEvents)
        last += logEvents
        back = await returnAfter(t, stream, 1)
      }
      if (mayHaveToldOfOutage(stream)) t.inconclusive(TOO_SLOW)
      t.expect(gapsOf(back) > 0, 'the client got no gap event', 'missed')
      await stream.arrives('data: live\n\n')
      await t.requireEventually(() => back.hasEvent('live'), 'the client got no live event')
    },
  }),
]
