import type { OriginExchange } from '../../../origin/origin-exchange.ts'
import type { Rig } from '../../../rig/rig.ts'
import { dataOf } from '../../clients/events-of.ts'
import { forConcentrator, type StreamCheck } from '../../stream-check.ts'
import { expectNextEvent } from './next-event.ts'

const COMMENTS_PER_SILENCE = 16
/** A machine that is too busy to write in time has been silent itself: that round does not count. */
const COMMENT_ROUNDS = 8

/**
 * Comments alone for one and a half times the claimed silence. Returns the longest time between two
 * of them. Fails when the connection closes although they came in time.
 */
async function commentFor(t: Rig, upstream: OriginExchange, silenceMs: number): Promise<number> {
  let longestMs = 0
  let lastMs = performance.now()
  for (let beat = 0; beat < 1.5 * COMMENTS_PER_SILENCE && !upstream.closed; beat += 1) {
    upstream.write(':\n')
    await t.eventually(() => upstream.closed, silenceMs / COMMENTS_PER_SILENCE)
    longestMs = Math.max(longestMs, performance.now() - lastMs)
    lastMs = performance.now()
  }
  t.expect(
    !upstream.closed || longestMs > silenceMs / 2,
    `a connection with a comment every ${longestMs.toFixed(0)} ms or more often was treated as silent`,
  )
  return longestMs
}

/** Back ends that send nothing for a while. */
export const UP_SILENCE_CHECKS: readonly StreamCheck[] = [
  forConcentrator({
    id: 'up.silence',
    title: 'The target replaces a back end connection that is silent for too long',
    level: 'should',
    basis: 'choice',
    source: '[protocol §4.6]',
    meaning: 'The target never notices a half-open connection to a vanished back end.',
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
        'the silent connection is still open',
        limitMs + t.holdMs,
      )
      await expectNextEvent(t, stream, await t.upstreamOf(t.backend))
    },
  }),
  forConcentrator({
    id: 'up.silence-comments',
    title: 'Comments of a back end reset the silence timeout',
    level: 'should',
    basis: 'choice',
    source: '[protocol §4.6]',
    meaning: 'The target keeps disconnecting from back ends that send only heartbeats.',
    variant: 'tight',
    cost: 'slow',
    freshTarget: true,
    kills: ['comments-are-silence'],
    async run(t) {
      const silenceMs = t.claimed('silenceMs')
      const stream = await t.stream()
      let longestMs = await commentFor(t, stream.upstream, silenceMs)
      for (let round = 1; round < COMMENT_ROUNDS && longestMs > silenceMs / 2; round += 1)
        longestMs = await commentFor(t, (await t.stream()).upstream, silenceMs)
      if (longestMs > silenceMs / 2)
        t.inconclusive(`this machine was too busy to write a comment every ${silenceMs / 2} ms`)
      const after = await t.stream()
      await after.arrives('data: still here\n\n')
    },
  }),
  forConcentrator({
    id: 'up.silence-once',
    title:
      'An event that comes on a silent connection and on its replacement reaches a client once',
    level: 'must',
    basis: 'choice',
    source: '[protocol §4.6]',
    meaning: 'After each quiet hour clients get the first change twice.',
    variant: 'tight',
    cost: 'slow',
    freshTarget: true,
    kills: ['silence-doubles', 'ring-silence-doubles'],
    async run(t) {
      const { client, upstream: silent } = await t.stream()
      const limitMs = t.claimed('silenceMs') + t.holdMs
      const next = (): OriginExchange | undefined =>
        t.backend.stream === silent ? undefined : t.backend.stream
      await t.requireEventually(
        () => next() !== undefined,
        'the silent connection was not replaced',
        limitMs + t.reconnectMs,
      )
      const data = t.token()
      const wasOpen = !silent.closed
      if (wasOpen) silent.write(`data: ${data}\n\n`)
      next()?.write(`data: ${data}\n\n`)
      await t.requireEventually(() => client.hasEvent(data), 'the event did not reach the client')
      await t.pause(t.holdMs / 4)
      const times = dataOf(client).filter((came) => came === data).length
      t.expect(
        times === 1,
        `an event that came on both connections reached the client ${times} times`,
      )
      return wasOpen ? 'the silent connection ended last' : 'the silent connection ended first'
    },
  }),
]
