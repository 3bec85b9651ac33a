import { forConcentrator, type StreamCheck } from '../../stream-check.ts'

/** An event that a target repeats after a reconnect would come within this time. */
const REPEAT_MS = 800

/** What clients get after a back end has been away. */
export const LIFE_RETURN_CHECKS: readonly StreamCheck[] = [
  forConcentrator({
    id: 'life.no-repeat',
    title: 'Nothing is sent again after a back end was away for a moment',
    level: 'must',
    source: '[protocol §5.8] [protocol §5.11]',
    meaning: 'Every short failure makes clients process events a second time.',
    cost: 'slow',
    kills: ['repeats-after-flap', 'ring-repeats-after-flap'],
    async run(t) {
      const stream = await t.stream()
      for (const number of [1, 2, 3]) await stream.arrives(`data: ${number}\n\n`)
      await t.renewUpstream(t.backend)
      await t.pause(REPEAT_MS)
      const next = await t.upstreamOf(t.backend)
      next.write('data: after\n\n')
      await t.requireEventually(
        () => stream.client.hasEvent('after'),
        'the event after the reconnect did not reach the client',
      )
      const came = stream.received.map(({ data }) => data.toString())
      t.expectRead(
        came,
        ['1', '2', '3', 'after'],
        'with three events before a reconnect and one after it',
      )
    },
  }),
]
