import type { HeaderField } from '../../../wire/http/header-fields.ts'
import { forGateway, type StreamCheck } from '../../stream-check.ts'
import { exchange } from '../whole-exchange.ts'

function maxForwards(value: string): HeaderField {
  return { name: 'Max-Forwards', value }
}

/** How far a request may go. */
export const REQ_MAX_FORWARDS_CHECKS: readonly StreamCheck[] = [
  forGateway({
    id: 'req.max-forwards',
    title: 'OPTIONS with Max-Forwards reaches the back end with one less, and with 0 not at all',
    // The standard demands it. Few gateways do it, and the clients of a Content Store never ask.
    level: 'should',
    basis: 'standard',
    source: '[http §7.6.2]',
    meaning: 'Who looks for a fault in a chain of proxies cannot tell which of them answers.',
    kills: ['keeps-max-forwards', 'http-keeps-max-forwards'],
    async run(t) {
      const request = { method: 'OPTIONS', fields: [maxForwards('5')] }
      const { upstream } = await exchange(t, { request, content: '' })
      const came = upstream.field('max-forwards') ?? 'no Max-Forwards'
      t.expect(came === '4', `Max-Forwards: 5 was sent, and the back end received ${came}`)
      const target = t.path()
      const client = t.connect({ method: 'OPTIONS', target, fields: [maxForwards('0')] })
      const arrived = () => t.backend.requests.find((last) => last.request.target === target)
      await t.requireEventually(
        () => client.head !== undefined || client.closed || arrived() !== undefined,
        'OPTIONS with Max-Forwards: 0 was not answered',
      )
      t.expect(
        arrived() === undefined,
        'OPTIONS with Max-Forwards: 0 reached the back end: the gateway is its last recipient',
      )
    },
  }),
]
