import type { RawClient } from '../../../client/raw-client.ts'
import type { Rig } from '../../../rig/rig.ts'
import type { Stream } from '../../../rig/stream.ts'
import { forConcentrator, type StreamCheck } from '../../stream-check.ts'
import { dataOf, gapsOf, idOf } from '../events-of.ts'

/** Writes numbered events until the log has evicted the first ones. Returns the last number. */
async function overflow(t: Rig, stream: Stream, logEvents: number): Promise<number> {
  const last = logEvents + 20
  // In batches: a client that falls behind the log may be disconnected.
  for (let number = 0; number <= last; number += 1)
    await stream.inBatches(number, `data: ${number}\n\n`)
  await t.requireEventuallyWhileGrowing(
    () => stream.client.events.length,
    () => stream.client.hasEvent(`${last}`),
    'not all events arrived',
  )
  return last
}

async function returnAfter(t: Rig, stream: Stream, number: number): Promise<RawClient> {
  const back = t.connect({
    fields: [{ name: 'Last-Event-ID', value: idOf(t, stream, `${number}`) }],
  })
  await t.opens(back)
  return back
}

/**
 * A target with short timeouts may replace a connection because this machine is slow. It then tells
 * of a gap, which takes a place in its log. Returns a function that ends the check if it did.
 */
function upstreamsStay(t: Rig): () => void {
  const held = t.backends.map(({ stream }) => stream)
  return () => {
    if (t.backends.some(({ stream }, at) => stream !== held[at]))
      t.inconclusive('the target replaced a back end connection: this machine is too slow for it')
  }
}

/** Log capacity: how far back a client can resume. */
export const REPLAY_EVICTION_CHECKS: readonly StreamCheck[] = [
  forConcentrator({
    id: 'replay.edge',
    title:
      'The log holds as many events as claimed, and a client can resume from the oldest one exactly',
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
      const expectSameUpstreams = upstreamsStay(t)
      const last = await overflow(t, stream, logEvents)
      const oldest = last - logEvents + 1
      const back = await returnAfter(t, stream, oldest)
      const isReplayed = (): boolean => back.hasEvent(`${last}`)
      await t.eventually(isReplayed)
      expectSameUpstreams()
      t.expect(isReplayed(), `event ${last} was not replayed`, 'missed')
      const wanted = Array.from({ length: logEvents - 1 }, (_, at) => `${oldest + 1 + at}`)
      t.expectRead(dataOf(back), wanted, `after a reconnect with event ${oldest} of ${last}`)
      t.expect(gapsOf(back) === 0, 'the client was told of a gap although it missed nothing')
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
      const stream = await t.stream()
      const expectSameUpstreams = upstreamsStay(t)
      await overflow(t, stream, t.claimed('logEvents'))
      const back = await returnAfter(t, stream, 1)
      await t.eventually(() => gapsOf(back) > 0)
      expectSameUpstreams()
      t.expect(gapsOf(back) > 0, 'the client got no gap event', 'missed')
      await stream.arrives('data: live\n\n')
      await t.requireEventually(() => back.hasEvent('live'), 'the client got no live event')
    },
  }),
]
