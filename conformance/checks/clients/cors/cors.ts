import type { RawClient } from '../../../client/raw-client.ts'
import type { Rig } from '../../../rig/rig.ts'
import { fieldValues, type HeaderField } from '../../../wire/http/header-fields.ts'
import { forConcentrator, type StreamCheck } from '../../stream-check.ts'
import { feeds } from '../ordinary-request.ts'

const SITE = 'https://newsroom.example.org'
const OTHER_SITE = 'https://other.example.net:8443'
const MEANING =
  'Browser-based editors run on another site than the proxy and cannot open the stream.'

async function ask(t: Rig, fields: readonly HeaderField[], method = 'GET'): Promise<RawClient> {
  const client = t.connect({ method, fields })
  await t.requireEventually(
    () => client.head !== undefined || client.closed,
    `no answer to ${method}`,
  )
  t.expect(client.head !== undefined, `no answer to ${method}`)
  return client
}

/** Fails unless the response allows this origin. */
function expectAllows(t: Rig, client: RawClient, origin: string): void {
  const allowed = client.field('access-control-allow-origin') ?? 'missing'
  const why = allowed === '*' ? ': browsers refuse * for requests with credentials' : ''
  t.expect(
    allowed === origin,
    `Access-Control-Allow-Origin is ${allowed} instead of ${origin}${why}`,
  )
}

const from = (origin: string): readonly HeaderField[] => [{ name: 'Origin', value: origin }]

const preflight = (method: string, header?: string): readonly HeaderField[] => [
  ...from(SITE),
  { name: 'Access-Control-Request-Method', value: method },
  ...(header === undefined ? [] : [{ name: 'Access-Control-Request-Headers', value: header }]),
]

/** CORS for pages of other sites [cors], as the vendor's configuration allows it by default. */
export const CORS_CHECKS: readonly StreamCheck[] = [
  forConcentrator({
    id: 'cors.echo',
    title: 'Access-Control-Allow-Origin echoes the page\'s origin instead of "*"',
    level: 'must',
    basis: 'documented',
    source: '[protocol §5.12]',
    meaning: MEANING,
    needs: ['cors'],
    kills: ['no-cors', 'cors-star'],
    async run(t) {
      const client = await ask(t, from(SITE))
      expectAllows(t, client, SITE)
      await feeds(t, client)
    },
  }),
  forConcentrator({
    id: 'cors.once',
    title: 'Access-Control-Allow-Origin is sent exactly once',
    level: 'must',
    basis: 'documented',
    source: '[protocol §5.12]',
    meaning: MEANING,
    needs: ['cors'],
    kills: ['second-acao'],
    async run(t) {
      const client = await ask(t, from(SITE))
      const values = fieldValues(client.head?.fields ?? [], 'access-control-allow-origin')
      t.expect(
        values.length === 1,
        `there are ${values.length} fields Access-Control-Allow-Origin: ${values.join(' and ')}`,
      )
      await feeds(t, client)
    },
  }),
  forConcentrator({
    id: 'cors.credentials',
    title: 'Access-Control-Allow-Credentials is true for a page of another site',
    level: 'must',
    basis: 'documented',
    source: '[protocol §5.12]',
    meaning: 'EventSource with withCredentials fails.',
    needs: ['cors'],
    kills: ['cors-without-credentials'],
    async run(t) {
      const client = await ask(t, from(SITE))
      const allowed = client.field('access-control-allow-credentials') ?? 'missing'
      t.expect(allowed === 'true', `Access-Control-Allow-Credentials is ${allowed}`)
      await feeds(t, client)
    },
  }),
  forConcentrator({
    id: 'cors.same-site',
    title: 'A client without Origin gets no CORS fields',
    level: 'should',
    basis: 'documented',
    source: '[protocol §5.12]',
    meaning: 'Caches and logs mistake every client for a page of another site.',
    needs: ['cors'],
    kills: ['cors-for-all'],
    async run(t) {
      const client = await ask(t, [])
      const allowed = client.field('access-control-allow-origin')
      t.expect(allowed === undefined, `without Origin, Access-Control-Allow-Origin is ${allowed}`)
      await feeds(t, client)
    },
  }),
  forConcentrator({
    id: 'cors.each-its-own',
    title: 'Two sites each receive their own origin in Access-Control-Allow-Origin',
    level: 'must',
    basis: 'documented',
    source: '[protocol §5.12]',
    meaning: 'Only pages of the first site can read the stream.',
    needs: ['cors'],
    kills: ['sticky-origin'],
    async run(t) {
      for (const site of [SITE, OTHER_SITE, SITE]) {
        const client = await ask(t, from(site))
        expectAllows(t, client, site)
        await feeds(t, client)
      }
    },
  }),
  forConcentrator({
    id: 'cors.preflight',
    title: 'A preflight for GET is answered with the allowed origin and methods',
    level: 'must',
    basis: 'documented',
    source: '[protocol §5.12]',
    meaning: 'Browsers refuse the request of a client that sets headers.',
    needs: ['cors'],
    kills: ['preflight-405', 'no-cors'],
    async run(t) {
      const client = await ask(t, preflight('GET', 'accept'), 'OPTIONS')
      const status = client.head?.status ?? 0
      t.expect(status >= 200 && status < 300, `the preflight was answered with ${status}`)
      expectAllows(t, client, SITE)
      const methods = client.field('access-control-allow-methods') ?? ''
      t.expect(
        /\bGET\b/.test(methods),
        `the preflight allows the methods ${JSON.stringify(methods)}`,
      )
      await feeds(t, t.connect({ fields: from(SITE) }))
    },
  }),
  forConcentrator({
    id: 'cors.preflight-refused',
    title: 'A preflight for a method that is not allowed gets no CORS fields',
    level: 'should',
    basis: 'documented',
    source: '[protocol §5.12]',
    meaning: 'Pages of other sites may send requests that the operator did not allow.',
    needs: ['cors'],
    kills: ['preflight-allows-all'],
    async run(t) {
      const allowed = await ask(t, preflight('GET'), 'OPTIONS')
      expectAllows(t, allowed, SITE)
      const refused = await ask(t, preflight('DELETE'), 'OPTIONS')
      const origin = refused.field('access-control-allow-origin')
      t.expect(origin === undefined, `a preflight for DELETE was allowed for ${origin}`)
      await feeds(t, t.connect({ fields: from(SITE) }))
    },
  }),
]
