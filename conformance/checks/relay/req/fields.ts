import { fieldValue, fieldValues } from '../../../wire/http/header-fields.ts'
import { forGateway, type StreamCheck } from '../../stream-check.ts'
import { exchange, expectFields, expectNoFields, expectOnce, shown } from '../whole-exchange.ts'
import { REQUEST_FIELD_CASES } from './field-cases.ts'

const BACK_END = 'the back end'
const BIG_FIELDS = 3
const BIG_FIELD_BYTES = 4096
const HOST = /^(?:\[[\da-f:.]+\]|[\w.-]+)(?::\d+)?$/i

/** Fields of the request at the back end. */
export const REQ_FIELD_CHECKS: readonly StreamCheck[] = [
  ...REQUEST_FIELD_CASES.map(
    ({ name, fields, method, level = 'must', basis = 'derived' as const, ...rest }) =>
      forGateway({
        id: `req.${name}`,
        level,
        basis,
        ...rest,
        async run(t) {
          const body = method === 'POST' ? '<entry/>' : undefined
          const { upstream } = await exchange(t, { request: { method, body, fields } })
          const came = upstream.request.fields
          if (name !== 'via-kept') return expectFields(t, BACK_END, fields, came)
          // [http §7.6.3] A gateway adds its own entry.
          const sent = fieldValue(fields, 'via') ?? ''
          const via = fieldValue(came, 'via') ?? ''
          t.expect(
            via.startsWith(sent),
            `Via: ${shown(sent)} was sent, and ${BACK_END} received ${shown(via)}`,
          )
        },
      }),
  ),
  forGateway({
    id: 'req.big-fields',
    title: 'Fields of 12 KiB in all reach the back end whole, or the request is refused',
    level: 'must',
    basis: 'standard',
    source: '[http §5.4]',
    meaning: 'Fields disappear without a message when there are many of them.',
    kills: ['drops-after-8k'],
    async run(t) {
      await exchange(t)
      const fields = Array.from({ length: BIG_FIELDS }, (_, at) => ({
        name: `X-Big-${at}`,
        value: `${at}`.repeat(BIG_FIELD_BYTES),
      }))
      const target = t.path()
      const client = t.connect({ target, fields })
      const arrived = () => t.backend.requests.find(({ request }) => request.target === target)
      await t.requireEventually(
        () => arrived() !== undefined || client.head !== undefined || client.closed,
        'the request was neither refused nor forwarded',
      )
      const upstream = arrived()
      if (upstream !== undefined) return expectFields(t, BACK_END, fields, upstream.request.fields)
      t.requireReachable(client)
      const status = client.head?.status ?? 0
      t.expect(
        status >= 400 && status < 500,
        `the request was answered with ${client.head?.status ?? 'a close'} instead of a 4xx status`,
      )
      return `refused with ${status}`
    },
  }),
  forGateway({
    id: 'req.cookie-lines',
    title: 'Two lines of Cookie reach the back end as two lines, or joined by a semicolon',
    level: 'should',
    source: '[cookies §5.4] [http/2 §8.2.3]',
    meaning: 'Sessions of clients behind an HTTP/2 front are lost.',
    kills: ['joins-cookies'],
    async run(t) {
      const fields = ['session=a1', 'theme=d'].map((value) => ({ name: 'Cookie', value }))
      const { upstream } = await exchange(t, { request: { fields } })
      const came = fieldValues(upstream.request.fields, 'cookie')
      t.expect(
        came.join('; ') === 'session=a1; theme=d',
        `Cookie: session=a1 and Cookie: theme=d were sent, and ${BACK_END} received Cookie: ${came.map(shown).join(' and Cookie: ')}`,
      )
    },
  }),
  forGateway({
    id: 'req.field-once',
    title: 'Each field of a request reaches the back end once',
    level: 'must',
    basis: 'standard',
    source: '[http §5.3]',
    meaning:
      'Back ends refuse a doubled Authorization, Origin or Content-Type, or take the wrong one.',
    kills: ['doubles-fields'],
    async run(t) {
      const fields = ['Authorization', 'Origin', 'X-Once', 'Last-Event-ID'].map((name) => ({
        name,
        value: 'a',
      }))
      const { upstream } = await exchange(t, { request: { fields } })
      for (const { name } of [...fields, { name: 'Host' }])
        expectOnce(t, BACK_END, name, upstream.request.fields)
    },
  }),
  forGateway({
    id: 'req.connection-listed',
    title: 'Fields that Connection names do not reach the back end',
    level: 'must',
    basis: 'standard',
    source: '[http §7.6.1]',
    meaning:
      'Fields that are meant for the gateway alone reach the back end and change what it does.',
    kills: ['pass-listed'],
    async run(t) {
      const { upstream } = await exchange(t, {
        request: {
          fields: [
            { name: 'Connection', value: 'X-Hop, x-other' },
            { name: 'X-Hop', value: '1' },
            { name: 'X-Other', value: '2' },
            { name: 'X-End', value: '3' },
          ],
        },
      })
      const { fields } = upstream.request
      expectFields(t, BACK_END, [{ name: 'X-End', value: '3' }], fields)
      expectNoFields(t, BACK_END, ['x-hop', 'x-other'], fields)
      const options = (fieldValue(fields, 'connection') ?? '').toLowerCase()
      t.expect(!options.includes('x-hop'), `${BACK_END} received Connection: ${shown(options)}`)
    },
  }),
  forGateway({
    id: 'req.hop-known',
    title: 'Fields of one connection only, such as Keep-Alive, do not reach the back end',
    level: 'should',
    basis: 'standard',
    source: '[http §7.6.1]',
    meaning: 'The back end uses the settings of a connection that is not its own.',
    kills: ['pass-keepalive'],
    async run(t) {
      const { upstream } = await exchange(t, {
        request: {
          fields: [
            { name: 'Connection', value: 'keep-alive' },
            { name: 'Keep-Alive', value: 'timeout=77' },
            { name: 'Proxy-Connection', value: 'keep-alive' },
            { name: 'X-End', value: '3' },
          ],
        },
      })
      const { fields } = upstream.request
      expectFields(t, BACK_END, [{ name: 'X-End', value: '3' }], fields)
      expectNoFields(t, BACK_END, ['proxy-connection'], fields)
      const own = fieldValue(fields, 'keep-alive') ?? ''
      t.expect(!own.includes('77'), `${BACK_END} received Keep-Alive: ${shown(own)} of the client`)
    },
  }),
  forGateway({
    id: 'req.host',
    title: 'The back end gets one valid Host',
    level: 'must',
    basis: 'standard',
    source: '[http/1.1 §3.2] [http §7.2]',
    meaning: 'Back ends refuse every request, or serve another site.',
    kills: ['drops-host', 'two-hosts-upstream', 'empty-host'],
    async run(t) {
      const { upstream } = await exchange(t)
      const hosts = fieldValues(upstream.request.fields, 'host')
      t.expect(
        hosts.length === 1 && HOST.test(hosts[0] ?? ''),
        `${BACK_END} received ${hosts.length === 0 ? 'no Host' : `Host: ${hosts.map(shown).join(' and Host: ')}`}`,
      )
    },
  }),
  forGateway({
    id: 'req.no-invented-id',
    title: 'A client without Last-Event-ID does not get the one of an earlier client',
    level: 'must',
    source: '[sse §9.2.4]',
    meaning: 'New clients get a replay that they have not asked for.',
    kills: ['sticky-leid'],
    async run(t) {
      const target = t.path()
      const fields = [{ name: 'Last-Event-ID', value: '41' }]
      const answer = { fields: [{ name: 'Cache-Control', value: 'no-store' }] }
      await exchange(t, { request: { target, fields }, answer })
      const { upstream } = await exchange(t, { request: { target } })
      expectNoFields(t, BACK_END, ['last-event-id'], upstream.request.fields)
    },
  }),
  forGateway({
    id: 'req.no-bleed',
    title:
      'Credentials and cookies of one client never reach the back end with the request of another',
    level: 'must',
    source: '[http §11.4]',
    meaning: 'Requests of a user are made with the login of another user.',
    kills: ['sticky-auth'],
    async run(t) {
      const fields = [
        { name: 'Authorization', value: 'Basic QTpB' },
        { name: 'Cookie', value: 'session=A' },
      ]
      const { upstream: own } = await exchange(t, { request: { fields } })
      expectFields(t, BACK_END, fields, own.request.fields)
      for (let nth = 0; nth < 2; nth += 1) {
        const { upstream } = await exchange(t)
        expectNoFields(t, BACK_END, ['authorization', 'cookie'], upstream.request.fields)
      }
    },
  }),
  forGateway({
    id: 'req.via',
    title: 'Whether the gateway names itself in Via',
    level: 'info',
    basis: 'standard',
    source: '[http §7.6.3]',
    meaning:
      'Without it, request loops are not detected. The standard demands it; few products do it.',
    kills: ['no-via'],
    async run(t) {
      const { upstream } = await exchange(t)
      t.expect(fieldValue(upstream.request.fields, 'via') !== undefined, 'it does not')
      return 'yes'
    },
  }),
]
