import type { Rig } from '../../../rig/rig.ts'
import { forConcentrator, type StreamCheck } from '../../stream-check.ts'
import { isTooBusyFor } from './busy.ts'
import {
  endAtOnce,
  expectShortWaits,
  feedsAgain,
  nextRequest,
  refuse,
  waitsBetween,
} from './lose-back-end.ts'
import { writeUntil } from '../../write-until.ts'

const HANGING = 'A back end that hangs is lost until the target is restarted.'
/** Comments of the other back end in the time after which it counts as silent. */
const COMMENTS_PER_SILENCE = 16
const GROWTH = 2
const LATE = 3
const REFUSALS = 6
const ROUNDS = 3
/** While the later waits alone are longer, or the target is slow to answer clients, further rounds remove what a busy machine has added. */
const MOST_ROUNDS = 6
/** A wait counts as grown when it exceeds three times the earlier one plus this margin. */
const SLACK_MS = 500
/** A connection that lasts this long counts as a success. */
const LASTING_MS = 1500
/** A busy target may hear a back end too late and replace its connection, but not each time. */
const OVERFLOW_ROUNDS = 4

/**
 * A back end that answers and ends at once has not recovered: only a lasting connection is a
 * success.
 */
async function feedsForAWhile(t: Rig): Promise<void> {
  await feedsAgain(t)
  await t.pause(LASTING_MS)
}

/**
 * The back end fails several times in a row, in some rounds. A busy machine makes a wait longer,
 * never shorter, so the shortest of each place counts: the third wait and those after it have to be
 * longer than one of the first two.
 */
async function growing(
  t: Rig,
  fail: (count: number) => Promise<readonly number[]>,
): Promise<string> {
  expectShortWaits(t, ROUNDS * REFUSALS)
  let shortest: readonly number[] = []
  let round = 0
  let isBusy = true
  for (let most = ROUNDS; round < most;) {
    round += 1
    const waitsMs = waitsBetween(await fail(REFUSALS))
    shortest = waitsMs.map((ms, at) => Math.min(ms, shortest[at] ?? Infinity))
    await feedsForAWhile(t)
    const first = Math.min(...shortest.slice(0, 2))
    if (Math.min(...shortest.slice(2)) >= GROWTH * first && round > 1) return figuresOf(shortest)
    isBusy &&= await isTooBusyFor(t, first)
    if (isBusy || Math.min(...shortest.slice(LATE)) >= GROWTH * first) most = MOST_ROUNDS
  }
  if (isBusy) t.inconclusive(`this machine was too busy to measure: ${figuresOf(shortest)}`)
  return t.fail(`${figuresOf(shortest)}, the shortest of ${round} rounds each, do not grow`)
}

function figuresOf(waitsMs: readonly number[]): string {
  return `waits of ${waitsMs.map((ms) => ms.toFixed(0)).join(', ')} ms`
}

async function waitAfterEndMs(t: Rig): Promise<number> {
  const startMs = performance.now()
  const request = await nextRequest(t)
  const waitedMs = performance.now() - startMs
  request.answer()
  return waitedMs
}

/**
 * The first back end writes an event of four times the limit, without an end, while the second one
 * writes comments. Returns whether the target closed the connection to the second one as well.
 * Fails when it does not close the first one, or loses an event of the second one.
 */
async function cutsOther(t: Rig, limitBytes: number): Promise<boolean> {
  const silenceMs = t.claimed('silenceMs')
  const { client, upstream } = await t.stream()
  const before = t.token()
  const isHere = (): boolean => client.hasEvent(before)
  await writeUntil(t, `data: ${before}\n\n`, isHere, { backend: t.second })
  const other = await t.upstreamOf(t.second)
  upstream.write(`data: ${'x'.repeat(4 * limitBytes)}`)
  const beats = Math.ceil((COMMENTS_PER_SILENCE * t.holdMs) / silenceMs)
  for (let beat = 0; beat < beats && !upstream.closed; beat += 1) {
    upstream.write('x')
    other.write(':\n')
    await t.eventually(() => upstream.closed, t.holdMs / beats)
  }
  t.expect(upstream.closed, 'the target keeps reading an endless event', 'missed')
  const after = t.token()
  other.write(`data: ${after}\n\n`)
  const isOver = (): boolean => client.hasEvent(after) || other.closed
  if (!(await t.eventually(isOver))) await t.letTargetRun()
  t.expect(isOver(), 'events of the other back end stopped', 'missed')
  return !client.hasEvent(after)
}

/** Timeouts and retries towards back ends. */
export const UP_TIMEOUT_CHECKS: readonly StreamCheck[] = [
  forConcentrator({
    id: 'up.backoff-grows',
    title: 'Waits between retries grow while a back end refuses connections',
    level: 'should',
    basis: 'choice',
    source: '[protocol §4.4]',
    meaning: 'Many proxies that retry at a constant rate keep a back end from recovering.',
    needs: ['growing-backoff'],
    cost: 'slow',
    freshTarget: true,
    kills: ['waits-250ms'],
    run: (t) => growing(t, (count) => refuse(t, count)),
  }),
  forConcentrator({
    id: 'up.backoff-lasting',
    title: 'Waits between retries grow while a back end ends each stream at once',
    level: 'should',
    basis: 'choice',
    source: '[protocol §4.4]',
    meaning: 'A back end that crashes at each connection is asked many times a second.',
    needs: ['growing-backoff'],
    cost: 'slow',
    freshTarget: true,
    kills: ['ring-success-at-once', 'success-at-once', 'waits-250ms'],
    run: (t) => growing(t, (count) => endAtOnce(t, count)),
  }),
  forConcentrator({
    id: 'up.backoff-resets',
    title: 'Waits between retries start over after a lasting success',
    level: 'should',
    source: '[protocol §4.4]',
    meaning: 'After one long outage, the target reconnects late after each short one.',
    cost: 'slow',
    freshTarget: true,
    kills: ['backoff-never-resets'],
    async run(t) {
      expectShortWaits(t, REFUSALS)
      const beforeMs = await waitAfterEndMs(t)
      await refuse(t, REFUSALS)
      await feedsForAWhile(t)
      // A busy machine makes a wait longer, never shorter, so one short wait decides.
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
    title: 'The target gives up on a back end that does not answer, and retries',
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
    id: 'up.event-limit',
    title: 'An endless event disconnects only its own back end',
    level: 'should',
    basis: 'choice',
    source: '[protocol §4.8]',
    meaning: 'One faulty back end fills the memory of the target.',
    variant: 'tight',
    cost: 'slow',
    freshTarget: true,
    kills: [
      'overflow-cuts-all',
      'ring-overflow-cuts-all',
      'ring-unbounded-event',
      'unbounded-event',
    ],
    async run(t) {
      const limitBytes = t.claimed('maxEventBytes')
      for (let round = 1; await cutsOther(t, limitBytes); round += 1) {
        t.expect(
          round < OVERFLOW_ROUNDS,
          `the target also closed its connection to the other back end, each of ${round} times`,
        )
        await feedsAgain(t)
      }
      await feedsAgain(t)
    },
  }),
]
