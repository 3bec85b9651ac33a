import { fieldValue, fieldValues } from '../../../wire/http/header-fields.ts'
import { forGateway, type StreamCheck } from '../../stream-check.ts'
import { exchange, expectFields, expectNoFields, expectOnce, shown } from '../whole-exchange.ts'
import { RESPONSE_FIELD_CASES } from './field-cases.ts'

const CLIENT = 'the client'
const COOKIES = ['a=1; Path=/; Expires=Tue, 03 Mar 2026 08:00:00 GMT', 'b="2-3"', 'a=4; HttpOnly']

/** Fields of the response at the client. */
export const RESP_FIELD_CHECKS: readonly StreamCheck[] = [
  ...RESPONSE_FIELD_CASES.map(
    ({ name, status, fields, level = 'must', basis = 'derived' as const, ...rest }) =>
      forGateway({
        id: `resp.${name}`,
        level,
        basis,
        ...rest,
        async run(t) {
          const { client } = await exchange(t, {
            answer: { status, fields },
          })
          const wanted = status ?? 200
          t.expect(
            client.head?.status === wanted,
            `the back end answered ${wanted}, and the client received ${client.head?.status}`,
          )
          expectFields(t, CLIENT, fields, client.head?.fields ?? [])
        },
      }),
  ),
  forGateway({
    id: 'resp.set-cookie',
    title: 'Each Set-Cookie reaches the client in a line of its own',
    level: 'must',
    basis: 'standard',
    source: '[http §5.3] [cookies §3]',
    meaning: 'Browsers keep one cookie of several, or none: logins are lost.',
    kills: ['joins-set-cookie', 'first-set-cookie', 'http-object-fields'],
    async run(t) {
      const fields = COOKIES.map((value) => ({ name: 'Set-Cookie', value }))
      const { client } = await exchange(t, { answer: { fields } })
      const came = fieldValues(client.head?.fields ?? [], 'set-cookie')
      t.expect(
        came.length === COOKIES.length &&
          COOKIES.every((cookie, at) => sorted(came[at]) === sorted(cookie)),
        `${COOKIES.length} lines of Set-Cookie were sent, and the client received ${came.length}: ${came.map(shown).join(' and ')}`,
      )
    },
  }),
  forGateway({
    id: 'resp.cors',
    title: 'The CORS fields of the back end reach the client once, and unchanged',
    level: 'must',
    source: '[http §5.3]',
    meaning: 'Browsers refuse the stream: Access-Control-Allow-Origin has two values.',
    kills: ['adds-second-acao', 'strips-cors'],
    async run(t) {
      const fields = [
        { name: 'Access-Control-Allow-Origin', value: 'https://editor.example' },
        { name: 'Access-Control-Allow-Credentials', value: 'true' },
        { name: 'Access-Control-Expose-Headers', value: 'X-A, X-B' },
        { name: 'Vary', value: 'Origin' },
      ]
      const { client } = await exchange(t, {
        request: { fields: [{ name: 'Origin', value: 'https://editor.example' }] },
        answer: { fields },
      })
      const came = client.head?.fields ?? []
      expectFields(t, CLIENT, fields.slice(0, 3), came)
      for (const { name } of fields.slice(0, 3)) expectOnce(t, CLIENT, name, came)
    },
  }),
  forGateway({
    id: 'resp.preflight',
    title: 'A CORS preflight for Last-Event-ID reaches the back end, and its response the client',
    level: 'should',
    source: '[http §9.3.7]',
    meaning: 'Pages of other origins cannot reconnect to a stream.',
    kills: ['answers-options', 'strips-preflight'],
    async run(t) {
      const asked = [
        { name: 'Origin', value: 'https://editor.example' },
        { name: 'Access-Control-Request-Method', value: 'GET' },
        { name: 'Access-Control-Request-Headers', value: 'last-event-id' },
      ]
      const fields = [
        { name: 'Access-Control-Allow-Origin', value: 'https://editor.example' },
        { name: 'Access-Control-Allow-Headers', value: 'last-event-id' },
        { name: 'Access-Control-Max-Age', value: '600' },
      ]
      const { client, upstream } = await exchange(t, {
        request: { method: 'OPTIONS', fields: asked },
        answer: { status: 204, fields },
        content: '',
      })
      expectFields(t, 'the back end', asked, upstream.request.fields)
      expectFields(t, CLIENT, fields, client.head?.fields ?? [])
    },
  }),
  forGateway({
    id: 'resp.vary',
    title: 'Vary reaches the client with every name in it, and not as *',
    level: 'must',
    source: '[http §12.5.5]',
    meaning: 'Caches send one format, or one origin’s response, to all users.',
    kills: ['drops-vary', 'vary-star'],
    async run(t) {
      const { client } = await exchange(t, {
        answer: { fields: [{ name: 'Vary', value: 'Accept, Origin' }] },
      })
      const vary = (client.field('vary') ?? '').toLowerCase()
      const came = new Set(vary.split(',').map((name) => name.trim()))
      t.expect(
        came.has('accept') && came.has('origin') && !came.has('*'),
        `Vary: "Accept, Origin" was sent, and the client received ${client.field('vary') === undefined ? 'no Vary' : shown(client.field('vary') ?? '')}`,
      )
    },
  }),
  forGateway({
    id: 'resp.connection-listed',
    title: 'Fields that Connection of a response names do not reach the client',
    level: 'must',
    basis: 'standard',
    source: '[http §7.6.1]',
    meaning: 'Fields that are meant for the gateway alone reach clients.',
    kills: ['passes-listed-response'],
    async run(t) {
      const { client } = await exchange(t, {
        answer: {
          fields: [
            { name: 'Connection', value: 'X-Hop, x-other' },
            { name: 'X-Hop', value: '1' },
            { name: 'X-Other', value: '2' },
            { name: 'X-End', value: '3' },
          ],
        },
      })
      const came = client.head?.fields ?? []
      expectFields(t, CLIENT, [{ name: 'X-End', value: '3' }], came)
      expectNoFields(t, CLIENT, ['x-hop', 'x-other'], came)
    },
  }),
  forGateway({
    id: 'resp.hop-known',
    title: 'Keep-Alive and Proxy-Connection of a response do not reach the client',
    level: 'should',
    basis: 'standard',
    source: '[http §7.6.1]',
    meaning: 'Clients use the settings of a connection that is not their own.',
    kills: ['passes-keepalive-response'],
    async run(t) {
      const { client } = await exchange(t, {
        answer: {
          fields: [
            { name: 'Connection', value: 'keep-alive' },
            { name: 'Keep-Alive', value: 'timeout=77, max=7' },
            { name: 'Proxy-Connection', value: 'keep-alive' },
            { name: 'X-End', value: '3' },
          ],
        },
      })
      const came = client.head?.fields ?? []
      expectFields(t, CLIENT, [{ name: 'X-End', value: '3' }], came)
      expectNoFields(t, CLIENT, ['proxy-connection'], came)
      const own = fieldValue(came, 'keep-alive') ?? ''
      t.expect(!own.includes('77'), `the client received Keep-Alive: ${shown(own)} of the back end`)
    },
  }),
  forGateway({
    id: 'resp.field-once',
    title: 'Each field of a response reaches the client once',
    level: 'must',
    basis: 'standard',
    source: '[http §5.3]',
    meaning: 'Clients refuse a doubled field, or take the wrong one.',
    kills: ['doubles-response-fields'],
    async run(t) {
      const fields = [
        { name: 'Content-Type', value: 'text/plain' },
        { name: 'ETag', value: '"1"' },
        { name: 'X-Once', value: '1' },
      ]
      const { client } = await exchange(t, { answer: { fields } })
      for (const { name } of [...fields, { name: 'Content-Length' }])
        if (client.field(name) !== undefined || name !== 'Content-Length')
          expectOnce(t, CLIENT, name, client.head?.fields ?? [])
      const dates = fieldValues(client.head?.fields ?? [], 'date')
      t.expect(dates.length <= 1, `the client received ${dates.length} lines of Date`)
    },
  }),
  forGateway({
    id: 'resp.date',
    title: 'A response without Date gets one',
    level: 'must',
    basis: 'standard',
    source: '[http §6.6.1]',
    meaning: 'Caches and logs cannot tell how old a response is.',
    kills: ['no-date-added'],
    async run(t) {
      const { client } = await exchange(t, { answer: { dated: false } })
      const date = client.field('date') ?? 'missing'
      t.expect(
        !Number.isNaN(Date.parse(date)),
        `the back end sent no Date, and at the client it is ${date}`,
      )
    },
  }),
  forGateway({
    id: 'resp.no-age',
    title: 'A response that comes from the back end has no Age',
    level: 'should',
    source: '[caching §5.1]',
    meaning: 'Browsers take the first response for an old one.',
    kills: ['adds-age'],
    async run(t) {
      const { client } = await exchange(t, {
        answer: { fields: [{ name: 'Cache-Control', value: 'no-store' }] },
      })
      const age = client.field('age') ?? '0'
      t.expect(/^0*$/.test(age), `the response has Age: ${age}`)
    },
  }),
]

/** A cookie with its attributes in alphabetical order: their order has no meaning. */
function sorted(cookie = ''): string {
  const [pair = '', ...attributes] = cookie.split(';').map((part) => part.trim())
  return [pair, ...attributes.map((text) => text.toLowerCase()).toSorted()].join('; ')
}
