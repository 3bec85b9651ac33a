import type { Rig } from '../../../rig/rig.ts'
import { forConcentrator, type StreamCheck } from '../../stream-check.ts'
import { expectShortWaits, feedsAgain, nextRequest, refuse, waitsBetween } from './lose-back-end.ts'

const HANGING = 'One back end that hangs is lost until the target is restarted.'
const COMMENTS_PER_SILENCE = 16
const GROWTH = 2
const REFUSALS = 6
const ROUNDS = 3
/** What a wait may take longer than before, beside three times as long, before it counts as grown. */
const SLACK_MS = 500
/** How long a connection lasts before it counts as a success. */
const LASTING_MS = 1500

/** A back end that answers and ends at once has not recovered: success is what lasts. */
async function feedsForAWhile(t: Rig): Promise<void> {
  await feedsAgain(t)
  await t.pause(LASTING_MS)
}

async function waitAfterEndMs(t: Rig): Promise<number> {
  const startMs = performance.now()
  const request = await nextRequest(t)
  const waitedMs = performance.now() - startMs
  request.answer()
  return waitedMs
}

/** How long a target waits for a back end, and how it comes back to one. */
export const UP_TIMEOUT_CHECKS: readonly StreamCheck[] = [
  forConcentrator({
    id: 'up.backoff-grows',
    title: 'The waits between attempts at a back end that refuses grow',
    level: 'should',
    basis: 'choice',
    source: '[protocol §4.4]',
    meaning: 'Many proxies that ask at a steady pace keep a back end from coming up.',
    needs: ['growing-backoff'],
    cost: 'slow',
    freshTarget: true,
    kills: ['waits-250ms'],
    async run(t) {
      expectShortWaits(t, REFUSALS)
      const waitsMs = waitsBetween(await refuse(t, REFUSALS))
      const first = Math.min(...waitsMs.slice(0, 2))
      const late = waitsMs.slice(2).toSorted((a, b) => a - b)[1] ?? 0
      const figures = `waits of ${waitsMs.map((ms) => ms.toFixed(0)).join(', ')} ms`
      t.expect(late >= GROWTH * first, `${figures} do not grow`)
      await feedsAgain(t)
      return figures
    },
  }),
  forConcentrator({
    id: 'up.backoff-resets',
    title: 'After a success that lasts the waits begin anew',
    level: 'should',
    source: '[protocol §4.4]',
    meaning: 'A back end that once had a long bad time is found late after each short one.',
    cost: 'slow',
    freshTarget: true,
    kills: ['backoff-never-resets'],
    async run(t) {
      expectShortWaits(t, REFUSALS)
      const beforeMs = await waitAfterEndMs(t)
      await refuse(t, REFUSALS)
      await feedsForAWhile(t)
      // A busy machine makes a wait longer, never shorter: one that is short enough decides.
      let afterMs = await waitAfterEndMs(t)
      for (let round = 1; round < ROUNDS && afterMs > 3 * beforeMs + SLACK_MS; round += 1) {
        await feedsForAWhile(t)
        afterMs = await waitAfterEndMs(t)
      }
      const figures = `${beforeMs.toFixed(0)} ms before, ${afterMs.toFixed(0)} ms after`
      t.expect(afterMs <= 3 * beforeMs + SLACK_MS, `first waits: ${figures}`)
      await feedsAgain(t)
      return figures
    },
  }),
  forConcentrator({
    id: 'up.no-head',
    title: 'A back end that accepts and does not answer is left, and tried again',
    level: 'should',
    basis: 'choice',
    source: '[protocol §4.4]',
    meaning: HANGING,
    variant: 'tight',
    cost: 'slow',
    freshTarget: true,
    kills: ['waits-for-head-forever'],
    async run(t) {
      const limitMs = t.claimed('headWithinMs')
      const request = await nextRequest(t)
      await t.requireEventually(
        () => request.closed,
        'the target still waits for a response head',
        limitMs + t.holdMs,
      )
      await feedsAgain(t)
    },
  }),
  forConcentrator({
    id: 'up.silence',
    title: 'A connection to a back end that says nothing for too long is replaced',
    level: 'should',
    basis: 'choice',
    source: '[protocol §4.6]',
    meaning: 'A back end that vanished without a word, a half-open connection, is never missed.',
    variant: 'tight',
    cost: 'slow',
    freshTarget: true,
    kills: ['never-misses-back-end'],
    async run(t) {
      const limitMs = t.claimed('silenceMs')
      const stream = await t.stream()
      await stream.arrives('data: before\n\n')
      await t.requireEventually(
        () => stream.upstream.closed,
        'the silent connection is still there',
        limitMs + t.holdMs,
      )
      const next = await t.upstreamOf(t.backend)
      next.write('data: after\n\n')
      await t.requireEventually(() => stream.client.hasEvent('after'), 'no event followed')
    },
  }),
  forConcentrator({
    id: 'up.silence-comments',
    title: 'Comments of a back end count as signs of life',
    level: 'should',
    basis: 'choice',
    source: '[protocol §4.6]',
    meaning: 'Back ends that say in comments that they live are left all the time.',
    variant: 'tight',
    cost: 'slow',
    freshTarget: true,
    kills: ['comments-are-silence'],
    async run(t) {
      const stepMs = t.claimed('silenceMs') / COMMENTS_PER_SILENCE
      const stream = await t.stream()
      for (let beat = 0; beat < 1.5 * COMMENTS_PER_SILENCE; beat += 1) {
        stream.upstream.write(':\n')
        await t.eventually(() => stream.upstream.closed, stepMs)
        t.expect(!stream.upstream.closed, 'a connection with comments was taken for silent')
      }
      await stream.arrives('data: still here\n\n')
    },
  }),
  forConcentrator({
    id: 'up.event-limit',
    title: 'An event without an end costs only its back end the connection',
    level: 'should',
    basis: 'choice',
    source: '[protocol §4.8]',
    meaning: 'One broken back end fills the memory of the target.',
    variant: 'tight',
    cost: 'slow',
    freshTarget: true,
    kills: ['unbounded-event'],
    async run(t) {
      const limitBytes = t.claimed('maxEventBytes')
      const stream = await t.stream()
      const other = await t.upstreamOf(t.second)
      stream.upstream.write(`data: ${'x'.repeat(4 * limitBytes)}`)
      await t.requireEventually(
        () => stream.upstream.closed,
        'the target keeps reading an endless event',
      )
      other.write('data: other\n\n')
      await t.requireEventually(
        () => stream.client.hasEvent('other'),
        'the other back end fell silent',
      )
      await feedsAgain(t)
    },
  }),
]
