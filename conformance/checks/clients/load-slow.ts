import type { RawClient } from '../../client/raw-client.ts'
import type { Rig } from '../../rig/rig.ts'
import type { Stream } from '../../rig/stream.ts'
import { forConcentrator, type StreamCheck } from '../stream-check.ts'
import { dataOf, gapsOf, mayHaveToldOfOutage, TOO_SLOW } from './events-of.ts'
import { commentAt, commentingUntil } from './keep-alive.ts'
import { besideStuckClient } from './stuck-client.ts'

const PAUSED_BYTES = 64 * 1024
const SLOW_EVENTS = 160
/** More than the sockets and the log of the variant `tight` hold. */
const LAG_EVENTS = 300
const LAG_BYTES = 40_000
/** Attempts at most, while the target disconnects a client that paused for longer than `stallMs`. */
const MOST_TRIES = 3
const DISCONNECTED = 'the client is disconnected'

/**
 * Writes numbered events while one client does not read. Returns that client, which reads again, and
 * one that has read them all.
 */
async function writeForPaused(
  t: Rig,
  count: number,
  bytes: number,
): Promise<{ readonly slow: RawClient; readonly stream: Stream }> {
  const slow = t.connect()
  await t.opens(slow)
  slow.pause()
  const stream = await t.stream()
  const block = 'x'.repeat(bytes)
  for (let number = 0; number < count; number += 1) {
    commentAt(t, number)
    await stream.inBatches(number, `data: ${number} ${block}\n\n`)
  }
  slow.resume()
  await stream.arrives('data: end\n\n')
  return { slow, stream }
}

/** Requires that the client has read each of these events, and the end, in order. */
function expectAll(t: Rig, slow: RawClient, count: number): void {
  const wanted = [...Array.from({ length: count }, (_, number) => `${number}`), 'end']
  const known = new Set(wanted)
  const came = dataOf(slow).map((data) => data.split(' ', 1)[0] ?? '')
  const numbers = came.filter((data) => known.has(data))
  t.expectRead(numbers, wanted, `of ${wanted.length} events, by a client that paused`)
}

/**
 * Makes a client fall behind the log. It must be disconnected, get the gap event, or get every
 * event. Returns which of these happened.
 */
async function fallBehind(t: Rig): Promise<string> {
  const { slow, stream } = await writeForPaused(t, LAG_EVENTS, LAG_BYTES)
  await t.eventuallyWhileReceiving(
    () => slow.contentBytes,
    commentingUntil(t, () => slow.hasEvent('end') || slow.closed || gapsOf(slow) > 0),
  )
  if (slow.closed) return DISCONNECTED
  if (gapsOf(slow) > 0) {
    if (mayHaveToldOfOutage(stream)) t.inconclusive(TOO_SLOW)
    return 'the client gets the gap event'
  }
  expectAll(t, slow, LAG_EVENTS)
  return 'the client gets every event'
}

/** Slow clients, and clients that stop reading. */
export const LOAD_SLOW_CHECKS: readonly StreamCheck[] = [
  forConcentrator({
    id: 'load.slow-resumes',
    title: 'A client that pauses and resumes reading gets every event in order',
    level: 'must',
    source: '[protocol §5.10]',
    meaning: 'A short network problem silently loses events.',
    cost: 'slow',
    freshTarget: true,
    kills: ['drops-when-slow', 'ring-blocked-drops'],
    async run(t) {
      const { slow } = await writeForPaused(t, SLOW_EVENTS, PAUSED_BYTES)
      await t.eventuallyWhileReceiving(
        () => slow.contentBytes,
        () => slow.hasEvent('end'),
      )
      t.expect(!slow.closed, 'the client was disconnected after a short pause')
      expectAll(t, slow, SLOW_EVENTS)
    },
  }),
  forConcentrator({
    id: 'load.lag',
    title:
      'A client that falls behind the log is disconnected, or gets the gap event or every event',
    level: 'must',
    basis: 'choice',
    source: '[protocol §5.10] [protocol §5.9]',
    meaning: 'A client that was slow for a moment misses changes without notice.',
    variant: 'tight',
    cost: 'slow',
    freshTarget: true,
    kills: ['drops-when-slow', 'ring-blocked-drops'],
    async run(t) {
      const { stallMs = Infinity } = t.claims
      for (let tries = 1; ; tries += 1) {
        const startMs = performance.now()
        const outcome = await fallBehind(t)
        // A busy machine prolongs the pause: the target may disconnect the client for that alone.
        const maybeForPause = outcome === DISCONNECTED && performance.now() - startMs > stallMs
        if (!maybeForPause || tries === MOST_TRIES) return outcome
      }
    },
  }),
  forConcentrator({
    id: 'load.slow-isolated',
    title: 'A client that does not read delays no other client',
    level: 'must',
    source: '[protocol §5.10]',
    meaning: 'One stuck browser stops all others.',
    cost: 'slow',
    freshTarget: true,
    kills: ['waits-for-slowest'],
    async run(t) {
      const stream = await besideStuckClient(t)
      await stream.arrives('data: still here\n\n')
    },
  }),
]
