import type { HeaderField } from '../../../wire/http/header-fields.ts'
import { forGateway, type StreamCheck } from '../../stream-check.ts'
import { arrives } from '../arrives.ts'
import { answerWhole, exchange } from '../whole-exchange.ts'

/** Of the first request only. */
const OF_FIRST: readonly HeaderField[] = [
  { name: 'X-Nth', value: '1' },
  { name: 'Authorization', value: 'Basic Zmlyc3Q6b25l' },
  { name: 'Cookie', value: 'session=first' },
  { name: 'Last-Event-ID', value: 'first' },
]
const HOP_FIELDS: readonly HeaderField[] = [{ name: 'X-Hop', value: '1' }]
const LISTED = 'X-Hop'

/** Later requests of a connection are forwarded as the first one. */
export const REQ_SECOND_CHECKS: readonly StreamCheck[] = [
  forGateway({
    id: 'req.second',
    title: 'The second request on a kept connection reaches the back end as it is',
    level: 'must',
    basis: 'standard',
    source: '[http/1.1 §9.3]',
    meaning: 'Browsers that keep connections get responses of other URLs.',
    kills: ['first-target-of-connection', 'keeps-login-of-connection', 'hop-fields-of-second'],
    async run(t) {
      const listed = { name: 'Connection', value: LISTED }
      const first = await exchange(t, { request: { fields: [...OF_FIRST, ...HOP_FIELDS, listed] } })
      // Otherwise `req.connection-listed` judges it.
      const removes = HOP_FIELDS.every(({ name }) => first.upstream.field(name) === undefined)
      const { client } = first
      // [http/1.1 §9.3] A front may end the connection after any response.
      await t.eventually(() => client.closed, t.holdMs / 20)
      if (client.closed) return 'the target closes every connection after one response'
      const target = t.path()
      client.again({ target, fields: [...HOP_FIELDS, listed] })
      const targets = new Set([target, first.upstream.request.target])
      const arrived = () =>
        t.backend.requests.find(({ request, answered }) => targets.has(request.target) && !answered)
      const what = 'the second request on a connection'
      const upstream = await arrives(t, what, { client, arrived })
      t.expect(
        upstream.request.target === target,
        `${target} was requested, and the back end received ${upstream.request.target}`,
      )
      const names = new Set(upstream.request.fields.map(({ name }) => name.toLowerCase()))
      for (const { name } of OF_FIRST)
        t.expect(
          !names.has(name.toLowerCase()),
          `the back end received ${name} of the first request on the connection with the second one`,
        )
      for (const { name } of removes ? HOP_FIELDS : [])
        t.expect(
          !names.has(name.toLowerCase()),
          `the back end received ${name} of the second request on a connection, which Connection names`,
        )
      await answerWhole(t, { client, upstream })
      return 'the connection is kept'
    },
  }),
]
