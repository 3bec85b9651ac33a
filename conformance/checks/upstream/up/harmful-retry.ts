import type { Rig } from '../../../rig/rig.ts'
import { forConcentrator, type StreamCheck } from '../../stream-check.ts'
import { attemptsBesidePatient, feedsAgain } from './lose-back-end.ts'

const HAMMERED = 'One line of a back end makes the target ask it a thousand times a second.'
/** More milliseconds than a timer of 32 bits can count. */
const HUGE_MS = 99_999_999_999
/** [sse §9.2.6] Anything but ASCII digits is ignored. */
const MALFORMED = ['-1', '1e3', '0x10', '5s', 'soon', '1.5', '', 'NaN', '\u0663']
/** Neither seconds nor a date [http §10.2.3]. */
const MALFORMED_AFTER = ['soon', '-1', '1.5s', '1s', 'NaN']
/** What a target may guess from a malformed value. */
const GUESSED_MS = 1500
const MONTH_MS = 2_592_000_000
/** The shortest and the longest wait that a client may be asked for. */
const LEAST_MS = 10
const MOST_MS = 86_400_000

/** The stream of a client after the back end has sent these fields, each with an event. */
async function gets(t: Rig, values: readonly (number | string)[]) {
  const stream = await t.stream()
  await stream.arrives('data: before\n\n')
  for (const [number, value] of values.entries()) {
    stream.upstream.write(`retry: ${value}\ndata: with ${number}\n\n`)
    await t.requireEventually(
      () => stream.client.hasEvent(`with ${number}`),
      `an event with retry: ${value} did not reach the client`,
    )
  }
  return stream
}

/**
 * Counts the attempts of the target after the back end has sent these fields and is lost. The
 * client keeps its stream, and unless `mayStayAway` the back end feeds it again afterwards.
 */
async function attemptsAfter(
  t: Rig,
  values: readonly (number | string)[],
  mayStayAway = false,
): Promise<string> {
  const { client } = await gets(t, values)
  const counts = await attemptsBesidePatient(t, { mayStayAway })
  t.expect(!client.closed, 'the client lost its stream')
  if (!mayStayAway) await feedsAgain(t)
  return counts
}

/** The same, after refusals with these values of Retry-After. The client keeps its stream. */
async function attemptsAfterRefusals(t: Rig, values: readonly string[]): Promise<string> {
  const stream = await t.stream()
  await stream.arrives('data: before\n\n')
  const fields = values.map((value) => [{ name: 'Retry-After', value }])
  const counts = await attemptsBesidePatient(t, { fields })
  t.expect(!stream.client.closed, 'the client lost its stream')
  return counts
}

/** Values of a back end's `retry` field that harm the back end or all clients. */
export const UP_HARMFUL_RETRY_CHECKS: readonly StreamCheck[] = [
  forConcentrator({
    id: 'up.retry-zero',
    title: 'The target waits between retries of a back end that sends retry: 0',
    level: 'should',
    source: '[protocol §4.4]',
    meaning: HAMMERED,
    cost: 'slow',
    freshTarget: true,
    kills: ['obeys-retry-zero', 'ring-obeys-retry-zero'],
    run: (t) => attemptsAfter(t, [0]),
  }),
  forConcentrator({
    id: 'up.retry-huge',
    title: 'A retry field above the range of a timer does not lead to retries without a wait',
    level: 'should',
    source: '[protocol §4.4]',
    meaning: HAMMERED,
    cost: 'slow',
    freshTarget: true,
    kills: ['retry-overflows-timer', 'ring-retry-overflows'],
    // A target may obey it and stay away.
    run: (t) => attemptsAfter(t, [HUGE_MS], true),
  }),
  forConcentrator({
    id: 'up.retry-malformed',
    title: 'A retry field with anything but digits is ignored',
    level: 'should',
    basis: 'standard',
    source: '[sse §9.2.6]',
    meaning: HAMMERED,
    cost: 'slow',
    freshTarget: true,
    kills: ['guesses-retry', 'ring-guesses-retry'],
    run: (t) => attemptsAfter(t, MALFORMED),
  }),
  forConcentrator({
    id: 'up.retry-after-malformed',
    title:
      'A Retry-After that is neither seconds nor a date leads to retries with waits between them',
    level: 'should',
    source: '[http §10.2.3] [protocol §4.4]',
    meaning: HAMMERED,
    cost: 'slow',
    freshTarget: true,
    kills: [
      'guesses-retry-after',
      'ring-guesses-retry-after',
      'bad-retry-after-is-final',
      'ring-bad-retry-after-is-final',
    ],
    async run(t) {
      const counts = await attemptsAfterRefusals(t, MALFORMED_AFTER)
      t.backend.resetAnswer()
      await t.requireEventually(
        () => t.backend.stream !== undefined,
        `the target did not come back after refusals with Retry-After: ${MALFORMED_AFTER.join(', ')}`,
        t.reconnectMs + GUESSED_MS,
        'not-reconnected',
      )
      await feedsAgain(t)
      return counts
    },
  }),
  forConcentrator({
    id: 'up.retry-after-huge',
    title: 'A Retry-After above the range of a timer does not lead to retries without a wait',
    level: 'should',
    source: '[http §10.2.3] [protocol §4.4]',
    meaning: HAMMERED,
    cost: 'slow',
    freshTarget: true,
    kills: ['guesses-retry-after', 'ring-guesses-retry-after'],
    // A target may obey it and stay away.
    run: (t) => attemptsAfterRefusals(t, [`${HUGE_MS}`]),
  }),
  forConcentrator({
    id: 'up.retry-to-clients',
    title: 'The target forwards no retry field below 10 ms or above one day to clients',
    level: 'should',
    source: '[protocol §4.4] [sse §9.2.6]',
    meaning: 'One back end makes all clients overload the target after a loss, or stay away.',
    freshTarget: true,
    kills: ['forwards-any-retry', 'ring-forwards-retry'],
    async run(t) {
      const { client } = await gets(t, [0, MONTH_MS])
      const told = client.items.flatMap((item) => (item.kind === 'retry' ? [item.ms] : []))
      const harmful = told.find((ms) => ms < LEAST_MS || ms > MOST_MS)
      t.expect(harmful === undefined, `the client was sent retry: ${harmful}`)
      return told.length === 0 ? 'no retry field was forwarded' : `forwarded: ${told.join(', ')}`
    },
  }),
]
