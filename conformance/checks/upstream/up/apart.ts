import type { Rig } from '../../../rig/rig.ts'
import { forConcentrator, type StreamCheck } from '../../stream-check.ts'
import { isTooBusyFor } from './busy.ts'
import { expectShortWaits, feedsAgain, refuse, waitsBetween } from './lose-back-end.ts'
import { expectNextEvent } from './next-event.ts'
import { counted } from '../../../counted.ts'

const BEATS_PER_SILENCE = 16
const SILENCE_ROUNDS = 3
const REFUSALS = 6
/** A wait after this many others has grown. */
const LATE = 3
/** Far longer than a target's own first wait. */
const RETRY_MS = 800
const GROWTH = 2
/** A busy machine makes a wait longer, never shorter: the shortest of several decides. */
const MOST_ROUNDS = 8
/** The same holds for the first waits of a series of refusals. */
const MOST_SERIES = 4
/** A connection that lasts this long counts as a success. */
const LASTING_MS = 1500

/**
 * The second back end writes events until the target closes the connection to the first one, which
 * is silent. Returns the longer of the last two times between events, or before the end: what was
 * written just before the end may not have been read yet.
 */
async function writesUntilReplaced(t: Rig, limitMs: number): Promise<number> {
  const silent = await t.upstreamOf(t.backend)
  const busy = await t.upstreamOf(t.second)
  const beatMs = limitMs / BEATS_PER_SILENCE
  let lastMs = performance.now()
  let gapMs = 0
  for (let beat = 0; !silent.closed; beat += 1) {
    const waitedMs = beat * beatMs
    t.expect(
      waitedMs < limitMs + t.holdMs,
      `the connection of back end A was silent for ${Math.round(waitedMs)} ms and is still open, while back end B wrote ${counted(beat, 'event')}`,
    )
    busy.write(`data: B ${beat}\n\n`)
    gapMs = performance.now() - lastMs
    lastMs += gapMs
    await t.eventually(() => silent.closed, beatMs)
  }
  return Math.max(gapMs, performance.now() - lastMs)
}

/** How long the second back end waits for the target after it has ended its stream. */
async function returnMs(t: Rig): Promise<number> {
  await t.pause(LASTING_MS)
  const startMs = performance.now()
  await t.renewUpstream(t.second)
  return performance.now() - startMs
}

interface Growth {
  /** The shortest late wait so far: the back end keeps refusing. */
  readonly grownMs: () => number
  readonly firstMs: number
  readonly areConstant: boolean
}

/** The first back end refuses some series of requests, until the waits of one have grown. */
async function refuseUntilWaitsGrow(t: Rig): Promise<Growth> {
  let firstMs = Infinity
  for (let series = 1; ; series += 1) {
    t.backend.resetAnswer()
    await t.upstreamOf(t.backend)
    await t.pause(LASTING_MS)
    const cameMs = await refuse(t, REFUSALS)
    const grownMs = (): number => Math.min(...waitsBetween(cameMs).slice(LATE))
    firstMs = Math.min(firstMs, ...waitsBetween(cameMs).slice(0, LATE - 1))
    const areConstant = grownMs() < GROWTH * firstMs
    if (!areConstant || series === MOST_SERIES) return { grownMs, firstMs, areConstant }
  }
}

/** Timers that belong to one back end each. */
export const UP_APART_CHECKS: readonly StreamCheck[] = [
  forConcentrator({
    id: 'up.silence-apart',
    title: 'Events of one back end do not restart the silence timeout of another',
    level: 'should',
    basis: 'choice',
    source: '[protocol §4.6]',
    meaning: 'The target never notices a vanished back end while another one writes.',
    variant: 'tight',
    cost: 'slow',
    freshTarget: true,
    kills: ['one-silence-timer', 'ring-one-silence-timer'],
    async run(t) {
      const limitMs = t.claimed('silenceMs')
      const stream = await t.stream()
      await stream.arrives('data: before\n\n')
      // The end right after an event of B is due to the silence of A. When this machine is too busy
      // to write events, B was silent, too: that round does not count.
      let silentMs = Infinity
      for (let round = 0; round < SILENCE_ROUNDS && silentMs > limitMs / 2; round += 1)
        silentMs = await writesUntilReplaced(t, limitMs)
      await expectNextEvent(t, stream, await t.upstreamOf(t.backend))
      if (silentMs > limitMs / 2)
        t.inconclusive(`this machine was too busy to write an event every ${limitMs / 2} ms`)
    },
  }),
  forConcentrator({
    id: 'up.retry-apart',
    title: 'A retry field of one back end does not change the waits for another',
    level: 'should',
    basis: 'standard',
    source: '[sse §9.2.3] [sse §9.2.6]',
    meaning: 'One back end that asks for long waits delays the events of all others.',
    cost: 'slow',
    freshTarget: true,
    kills: ['one-retry-field', 'ring-one-retry-field'],
    async run(t) {
      let before = Infinity
      for (let round = 0; round < MOST_ROUNDS / 2 && before >= RETRY_MS / GROWTH; round += 1)
        before = Math.min(before, await returnMs(t))
      if (before >= RETRY_MS / GROWTH) return `waits of ${before.toFixed(0)} ms without it`
      const stream = await t.stream()
      await stream.arrives(`retry: ${RETRY_MS}\ndata: 1\n\n`)
      // Timers of a target may end a little early.
      const longMs = (before + RETRY_MS) / 2
      let shortestMs = Infinity
      for (let round = 0; round < MOST_ROUNDS && shortestMs >= longMs; round += 1)
        shortestMs = Math.min(shortestMs, await returnMs(t))
      await feedsAgain(t)
      t.expect(
        shortestMs < longMs,
        `back end A sent retry: ${RETRY_MS}, and then the target took ${shortestMs.toFixed(0)} ms or more to reconnect to back end B instead of ${before.toFixed(0)} ms as before`,
      )
      return `${before.toFixed(0)} ms before, ${shortestMs.toFixed(0)} ms after`
    },
  }),
  forConcentrator({
    id: 'up.backoff-apart',
    title: 'Waits between retries of one back end do not depend on another back end',
    level: 'should',
    basis: 'choice',
    source: '[protocol §4.4]',
    meaning: 'While one system is down, each short failure of another one takes a minute.',
    needs: ['growing-backoff'],
    cost: 'slow',
    freshTarget: true,
    kills: ['one-backoff-for-all', 'ring-one-backoff'],
    async run(t) {
      expectShortWaits(t, REFUSALS)
      await t.upstreamOf(t.second)
      const { grownMs, firstMs, areConstant } = await refuseUntilWaitsGrow(t)
      const wasBusy = await isTooBusyFor(t, firstMs)
      let shortestMs = Infinity
      let isBusy = true
      const areApart = (): boolean => shortestMs * GROWTH <= grownMs()
      for (let round = 0; round < MOST_ROUNDS && !areApart(); round += 1) {
        shortestMs = Math.min(shortestMs, await returnMs(t))
        isBusy &&= await isTooBusyFor(t, grownMs())
        // Meanwhile the target retries back end A.
        await t.pause(LASTING_MS)
      }
      const figures = `the shortest late wait for back end A, which refuses, is ${grownMs().toFixed(0)} ms, and that for back end B, which worked before, is ${shortestMs.toFixed(0)} ms`
      if (!areApart()) {
        if (isBusy || (areConstant && wasBusy))
          t.inconclusive(`this machine was too busy to measure short waits: ${figures}`)
        // `up.backoff-grows` judges that.
        if (areConstant) t.skip('the waits between retries do not grow')
        t.fail(`${figures}: the target counts attempts of both together`)
      }
      await feedsAgain(t)
      return figures
    },
  }),
]
