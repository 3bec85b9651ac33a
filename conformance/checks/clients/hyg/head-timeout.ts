import { forConcentrator, type StreamCheck } from '../../stream-check.ts'
import { servesOrdinaryRequest } from '../ordinary-request.ts'

/** How long a target waits for a request. */
export const HEAD_TIMEOUT_CHECKS: readonly StreamCheck[] = [
  forConcentrator({
    id: 'hyg.head-timeout',
    title: 'A request head that never ends is cut off within the claimed time',
    level: 'should',
    basis: 'choice',
    source: '[http §15.5.9] [protocol §5.15]',
    meaning: 'Anybody can take all places with requests that never end.',
    variant: 'tight',
    cost: 'slow',
    kills: ['no-head-timeout'],
    async run(t) {
      const limitMs = t.claimed('requestWithinMs')
      await servesOrdinaryRequest(t)
      const slow = t.connect({ raw: Buffer.from('GET / HTTP/1.1\r\nHost: slow.example\r\n') })
      await t.requireEventually(
        () => slow.closed,
        'an unfinished head is still waited for',
        limitMs + t.holdMs,
      )
      const status = slow.head?.status
      t.expect(status === undefined || status >= 400, `it was answered with ${status}`)
      await servesOrdinaryRequest(t)
    },
  }),
]
