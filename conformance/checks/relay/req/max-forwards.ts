import type { Rig } from '../../../rig/rig.ts'
import { forGateway, type StreamCheck } from '../../stream-check.ts'
import { answerWhole, exchange } from '../whole-exchange.ts'

/** Sends OPTIONS that may be forwarded so often. Returns it at the back end, if it comes there. */
async function ask(t: Rig, value: string) {
  const target = t.path()
  const fields = [{ name: 'Max-Forwards', value }]
  const client = t.connect({ method: 'OPTIONS', target, fields })
  const arrived = () => t.backend.requests.find(({ request }) => request.target === target)
  await t.requireEventually(
    () => client.head !== undefined || client.closed || arrived() !== undefined,
    `OPTIONS with Max-Forwards: ${value} was neither answered nor forwarded`,
  )
  return { client, upstream: arrived() }
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
    meaning: 'A developer who traces a request through proxies cannot tell which of them answers.',
    kills: ['keeps-max-forwards', 'http-keeps-max-forwards'],
    async run(t) {
      await exchange(t)
      const { client, upstream: forwarded } = await ask(t, '5')
      // `resp.preflight` judges that.
      const upstream = forwarded ?? t.skip('the target answers OPTIONS by itself')
      const came = upstream.field('max-forwards') ?? 'no Max-Forwards'
      await answerWhole(t, { client, upstream }, {}, '')
      t.expect(came === '4', `Max-Forwards: 5 was sent, and the back end received ${came}`)
      const last = await ask(t, '0')
      t.expect(
        last.upstream === undefined,
        'OPTIONS with Max-Forwards: 0 reached the back end: the gateway is its last recipient',
      )
    },
  }),
]
