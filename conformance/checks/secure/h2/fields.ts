import type { HeaderField } from '../../../wire/http/header-fields.ts'
import type { Rig } from '../../../rig/rig.ts'
import { forBoth, forGateway, type StreamCheck } from '../../stream-check.ts'
import { hasHead, H2Exchange, openH2, openStream, relayedRequest } from './h2-exchange.ts'

/** [http/2 §8.2.2] */
const CONNECTION_FIELDS = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
])

const AUTHORITY_NAME = 'front.example'
const REFUSED = 'Clients end the stream with a protocol error, and show nothing.'
const SMUGGLING = 'A proxy behind reads another request than the one that was checked.'

interface Malformed {
  readonly name: string
  readonly title: string
  readonly source: string
  readonly kills: readonly string[]
  readonly field: HeaderField
}

/** Requests that are malformed [http/2 §8.1.1]. */
const MALFORMED: readonly Malformed[] = [
  {
    name: 'upper-case-request',
    title: 'A request with a field name in upper case is refused',
    source: '[http/2 §8.2.1]',
    kills: ['h2-accepts-upper-case', 'ring-h2-accepts-upper-case'],
    field: { name: 'X-Upper', value: '1' },
  },
  {
    name: 'connection-field',
    title: 'A request with a connection-specific field is refused',
    source: '[http/2 §8.2.2]',
    kills: ['h2-accepts-connection-fields', 'ring-h2-accepts-connection-fields'],
    field: { name: 'transfer-encoding', value: 'chunked' },
  },
]

async function refusesMalformed(t: Rig, field: HeaderField): Promise<void> {
  const client = await openH2(t)
  const healthy = await openStream(t, client)
  const path = t.path()
  const stream = client.request({ path, fields: [field] })
  const forwarded = (): boolean =>
    t.role === 'gateway' && t.backend.requests.some(({ request }) => request.target === path)
  await t.requireEventually(
    () => stream.end !== undefined || stream.head !== undefined || client.closed || forwarded(),
    'the malformed request was neither refused nor served',
  )
  t.expect(!forwarded(), 'the malformed request was forwarded to the back end')
  t.expect(
    stream.status === undefined || stream.status >= 400,
    `the malformed request was answered with ${stream.status}`,
  )
  // [http/2 §5.4.1] A target may treat it as an error of the connection.
  if (client.closed || client.goAway !== undefined) return
  await healthy.arrives('after the malformed request', ' after a malformed request')
}

async function responseHead(
  t: Rig,
): Promise<{ readonly exchange: H2Exchange; readonly fields: readonly HeaderField[] }> {
  const client = await openH2(t)
  const path = t.path()
  const stream = client.request({ path })
  if (t.role === 'concentrator') {
    const upstream = await t.upstreamOf(t.backend)
    await hasHead(t, stream)
    return { exchange: new H2Exchange(t, client, stream, upstream), fields: stream.head ?? [] }
  }
  const upstream = await relayedRequest(t, stream, path)
  upstream.answer({
    fields: [
      { name: 'Content-Type', value: 'text/event-stream' },
      { name: 'Connection', value: 'keep-alive' },
      { name: 'Keep-Alive', value: 'timeout=5' },
    ],
  })
  await hasHead(t, stream)
  return { exchange: new H2Exchange(t, client, stream, upstream), fields: stream.head ?? [] }
}

/** Fields of requests and responses over HTTP/2. */
export const H2_FIELD_CHECKS: readonly StreamCheck[] = [
  forBoth({
    id: 'h2.no-connection-fields',
    title: 'A response over HTTP/2 has no connection-specific field',
    level: 'must',
    basis: 'standard',
    source: '[http/2 §8.2.2]',
    meaning: REFUSED,
    needs: ['h2'],
    kills: ['h2-passes-keep-alive', 'ring-h2-passes-keep-alive'],
    async run(t) {
      const { exchange, fields } = await responseHead(t)
      const wrong = fields.filter(({ name }) => CONNECTION_FIELDS.has(name.toLowerCase()))
      t.expect(
        wrong.length === 0,
        `the response has ${wrong.map(({ name, value }) => `${name}: ${value}`).join(', ')}`,
      )
      await exchange.arrives(t.token())
    },
  }),
  forBoth({
    id: 'h2.lower-case',
    title: 'Field names of a response over HTTP/2 are in lower case',
    level: 'must',
    basis: 'standard',
    source: '[http/2 §8.2.1]',
    meaning: REFUSED,
    needs: ['h2'],
    kills: ['h2-mixed-case', 'ring-h2-mixed-case'],
    async run(t) {
      const { exchange, fields } = await responseHead(t)
      const wrong = fields.filter(({ name }) => name !== name.toLowerCase())
      t.expect(wrong.length === 0, `the response has ${wrong.map(({ name }) => name).join(', ')}`)
      await exchange.arrives(t.token())
    },
  }),
  forBoth({
    id: 'h2.pseudo-fields',
    title: 'A response over HTTP/2 begins with :status and has no other pseudo-header field',
    level: 'must',
    basis: 'standard',
    source: '[http/2 §8.3.2]',
    meaning: REFUSED,
    needs: ['h2'],
    kills: ['h2-status-twice', 'ring-h2-status-twice'],
    async run(t) {
      const { exchange, fields } = await responseHead(t)
      const pseudo = fields.filter(({ name }) => name.startsWith(':')).map(({ name }) => name)
      t.expect(
        fields[0]?.name === ':status' && pseudo.length === 1,
        `the response begins with ${fields[0]?.name ?? 'nothing'} and has ${pseudo.join(', ')}`,
      )
      await exchange.arrives(t.token())
    },
  }),
  ...MALFORMED.map(({ name, title, source, kills, field }) =>
    forBoth({
      id: `h2.${name}`,
      title,
      level: 'must',
      basis: 'standard',
      source,
      meaning: SMUGGLING,
      needs: ['h2'],
      kills,
      run: (t) => refusesMalformed(t, field),
    }),
  ),
  forGateway({
    id: 'h2.line-end-in-field',
    title: 'A line break in a field value never creates another field',
    level: 'must',
    basis: 'standard',
    source: '[http/2 §8.2.1] [http/2 §10.3]',
    meaning: SMUGGLING,
    needs: ['h2'],
    kills: ['h2-splits-fields'],
    async run(t) {
      const client = await openH2(t)
      const path = t.path()
      const fields = [{ name: 'x-split', value: 'a\r\nx-hidden: b' }]
      const stream = client.request({ path, fields })
      const arrived = () => t.backend.requests.find(({ request }) => request.target === path)
      await t.requireEventually(
        () => arrived() !== undefined || stream.end !== undefined || stream.head !== undefined,
        'a request with a line break in a field was neither refused nor forwarded',
      )
      const upstream = arrived()
      const hidden = upstream?.field('x-hidden')
      t.expect(hidden === undefined, `the back end received the hidden field x-hidden: ${hidden}`)
      t.expect((upstream?.violations.length ?? 0) === 0, upstream?.violations.join('; ') ?? '')
      upstream?.answer()
      await (await openStream(t, await openH2(t))).arrives('after it')
      return upstream === undefined ? 'refused' : 'the line break is gone'
    },
  }),
  forGateway({
    id: 'h2.authority',
    title:
      'The Host at the back end is the authority of the HTTP/2 request, or the back end itself',
    level: 'must',
    source: '[http/2 §8.3.1]',
    meaning: 'Sites that share an address are mixed up.',
    needs: ['h2'],
    kills: ['h2-loses-authority'],
    async run(t) {
      const client = await openH2(t)
      const path = t.path()
      const authority = `${AUTHORITY_NAME}:8443`
      const stream = client.request({ path, authority })
      const upstream = await relayedRequest(t, stream, path)
      const host = upstream.field('host')
      const isOfBackEnd = host === new URL(t.backend.originUrl).host
      const isName = host === authority || host === AUTHORITY_NAME
      t.expect(
        isName || isOfBackEnd,
        `the back end received ${host === undefined ? 'no Host' : `Host: ${host}`} for :authority ${authority}`,
      )
      upstream.answer()
      await new H2Exchange(t, client, stream, upstream).arrives(t.token())
      return `Host: ${host}`
    },
  }),
  // No standard requires the field. But a gateway that copies it from Host finds none over HTTP/2,
  // and back ends that trust an empty one build links without a host.
  forGateway({
    id: 'h2.forwarded-host',
    title: 'X-Forwarded-Host is not empty when a gateway adds it to an HTTP/2 request',
    level: 'should',
    source: '[http/2 §8.3.1]',
    meaning: 'Links and redirects of the back end lead nowhere.',
    needs: ['h2'],
    kills: ['h2-empty-forwarded-host'],
    async run(t) {
      const client = await openH2(t)
      const path = t.path()
      const stream = client.request({ path, authority: AUTHORITY_NAME })
      const upstream = await relayedRequest(t, stream, path)
      const added = upstream.field('x-forwarded-host')
      t.expect(added !== '', 'the back end received an empty X-Forwarded-Host')
      upstream.answer()
      await new H2Exchange(t, client, stream, upstream).arrives(t.token())
      return added === undefined ? 'not added' : `X-Forwarded-Host: ${added}`
    },
  }),
  forGateway({
    id: 'h2.cookies',
    title: 'Cookies that come in several fields reach the back end in one',
    level: 'must',
    basis: 'standard',
    source: '[http/2 §8.2.3]',
    meaning: 'Users of HTTP/2 are logged out.',
    needs: ['h2'],
    kills: ['h2-joins-cookies-with-comma'],
    async run(t) {
      const client = await openH2(t)
      const path = t.path()
      const fields = ['a=1', 'b=2', 'c=3'].map((value) => ({ name: 'cookie', value }))
      const stream = client.request({ path, fields })
      const upstream = await relayedRequest(t, stream, path)
      const came = upstream.request.fields.filter(({ name }) => name.toLowerCase() === 'cookie')
      t.expect(
        came.length === 1 && came[0]?.value === 'a=1; b=2; c=3',
        `the back end received ${came.map(({ value }) => `Cookie: ${value}`).join(' and ') || 'no cookie'}`,
      )
      upstream.answer()
      await new H2Exchange(t, client, stream, upstream).arrives(t.token())
    },
  }),
]
