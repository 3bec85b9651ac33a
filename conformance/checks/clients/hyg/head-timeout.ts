import { forConcentrator, type StreamCheck } from '../../stream-check.ts'
import { servesOrdinaryRequest } from '../ordinary-request.ts'

/** Timeouts for request heads. */
export const HEAD_TIMEOUT_CHECKS: readonly StreamCheck[] = [
  forConcentrator({
    id: 'hyg.head-timeout',
    title: 'A client that never completes its request head is disconnected within the claimed time',
    level: 'should',
    basis: 'choice',
    source: '[http §15.5.9] [protocol §5.15]',
    meaning: 'One client can occupy every connection with requests that never end.',
    variant: 'tight',
    cost: 'slow',
    kills: ['no-head-timeout'],
    async run(t) {
      const limitMs = t.claimed('requestWithinMs')
      await servesOrdinaryRequest(t)
      const slow = t.connect({ raw: Buffer.from('GET / HTTP/1.1\r\nHost: slow.example\r\n') })
      await t.requireEventually(
        () => slow.closed,
        'the target still waits for the rest of the head',
        limitMs + t.holdMs,
      )
      const status = slow.head?.status
      t.expect(status === undefined || status >= 400, `it was answered with ${status}`)
      await servesOrdinaryRequest(t)
    },
  }),
]
