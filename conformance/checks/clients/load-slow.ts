import type { RawClient } from '../../client/raw-client.ts'
import type { Rig } from '../../rig/rig.ts'
import type { Stream } from '../../rig/stream.ts'
import { forConcentrator, type StreamCheck } from '../stream-check.ts'
import { dataOf, gapsOf, mayHaveToldOfOutage, TOO_SLOW } from './events-of.ts'
import { commentAt, commentingUntil } from './keep-alive.ts'
import { besideStuckClient, SOCKETS_BYTES } from './stuck-client.ts'

const PAUSED_BYTES = 64 * 1024
const SLOW_EVENTS = Math.ceil((2 * SOCKETS_BYTES) / PAUSED_BYTES)
const LAG_BYTES = 40_000
/** The sockets of a client that does not read have room for this many. */
const FREE_EVENTS = 100
/** This many fill them, with little more. See `SOCKETS_BYTES`. */
const FILLING_EVENTS = 125
/** Fewer than the smallest log holds: a client that reads does not fall behind by them. */
const SMALL_BATCH = 60

interface Lag {
  /** Events of `LAG_BYTES` at first. */
  readonly large: number
  /** Small events afterwards. */
  readonly small: number
}

/** More than the sockets and the log of the variant `tight` hold. */
const LONG_LAG: Lag = { large: Math.ceil((2 * SOCKETS_BYTES) / LAG_BYTES), small: 0 }
/**
 * The same with little that is written to full sockets. It takes less time, so that the target does
 * not disconnect the client for its pause.
 */
const SHORT_LAG: Lag = { large: FILLING_EVENTS, small: 120 }
const LAGS = [LONG_LAG, SHORT_LAG, SHORT_LAG, SHORT_LAG]
const DISCONNECTED = 'the client is disconnected'

interface Paused {
  /** It reads again. */
  readonly slow: RawClient
  /** Its client has read all events. */
  readonly stream: Stream
  /** How long the client paused after so many events that its sockets may have been full. */
  readonly fullMs: number
}

/** Writes numbered events while one client does not read. The first ones have so many bytes. */
async function writeForPaused(t: Rig, { large, small }: Lag, bytes: number): Promise<Paused> {
  const slow = t.connect()
  await t.opens(slow)
  slow.pause()
  const stream = await t.stream()
  const block = 'x'.repeat(bytes)
  let fullAtMs = performance.now()
  for (let number = 0; number < large; number += 1) {
    commentAt(t, number)
    if (number === FREE_EVENTS) fullAtMs = performance.now()
    await stream.inBatches(number, `data: ${number} ${block}\n\n`)
  }
  for (let number = large; number < large + small; number += 1)
    await stream.inBatches(number, `data: ${number}\n\n`, SMALL_BATCH)
  const fullMs = performance.now() - fullAtMs
  slow.resume()
  await stream.arrives('data: end\n\n')
  return { slow, stream, fullMs }
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
 * event. Returns which of these happened, and the pause after which it did.
 */
async function fallBehind(
  t: Rig,
  lag: Lag,
): Promise<{ readonly outcome: string; readonly fullMs: number }> {
  const { slow, stream, fullMs } = await writeForPaused(t, lag, LAG_BYTES)
  await t.eventuallyWhileReceiving(
    () => slow.contentBytes,
    commentingUntil(t, () => slow.hasEvent('end') || slow.closed || gapsOf(slow) > 0),
  )
  if (slow.closed) return { outcome: DISCONNECTED, fullMs }
  if (gapsOf(slow) > 0) {
    if (mayHaveToldOfOutage(stream)) t.inconclusive(TOO_SLOW)
    return { outcome: 'the client gets the gap event', fullMs }
  }
  expectAll(t, slow, lag.large + lag.small)
  return { outcome: 'the client gets every event', fullMs }
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
      const { slow } = await writeForPaused(t, { large: SLOW_EVENTS, small: 0 }, PAUSED_BYTES)
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
      let pausedMs = 0
      for (const lag of LAGS) {
        const { outcome, fullMs } = await fallBehind(t, lag)
        // A busy machine prolongs the pause: the target may disconnect the client for that alone,
        // earlier than it claims.
        if (outcome !== DISCONNECTED || fullMs < stallMs / 2) return outcome
        pausedMs = fullMs
      }
      return t.inconclusive(
        `the client paused for ${Math.round(pausedMs)} ms, and a target that claims stallMs ${stallMs} may disconnect it for that alone: repeat the check on a less busy machine`,
      )
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
