import type { RawClient } from '../../../client/raw-client.ts'
import type { Rig } from '../../../rig/rig.ts'
import { fieldValues, type HeaderField } from '../../../wire/http/header-fields.ts'
import { forConcentrator, type StreamCheck } from '../../stream-check.ts'
import { feeds } from '../front.ts'

const SITE = 'https://newsroom.example.org'
const OTHER_SITE = 'https://other.example.net:8443'
const MEANING =
  'Editors in browsers, which run on another site than the proxy, are refused the stream.'

async function ask(t: Rig, fields: readonly HeaderField[], method = 'GET'): Promise<RawClient> {
  const client = t.connect({ method, fields })
  await t.requireEventually(
    () => client.head !== undefined || client.closed,
    `no answer to ${method}`,
  )
  t.expect(client.head !== undefined, `no answer to ${method}`)
  return client
}

const from = (origin: string): readonly HeaderField[] => [{ name: 'Origin', value: origin }]

const preflight = (method: string, header?: string): readonly HeaderField[] => [
  ...from(SITE),
  { name: 'Access-Control-Request-Method', value: method },
  ...(header === undefined ? [] : [{ name: 'Access-Control-Request-Headers', value: header }]),
]

/** Pages of other sites [cors]: what the vendor's configuration allows by default. */
export const CORS_CHECKS: readonly StreamCheck[] = [
  forConcentrator({
    id: 'cors.echo',
    title: 'A page of another site is allowed by its own origin, not by a star',
    level: 'must',
    basis: 'documented',
    source: '[protocol §5.12]',
    meaning: MEANING,
    needs: ['cors'],
    kills: ['no-cors', 'cors-star'],
    async run(t) {
      const client = await ask(t, from(SITE))
      const allowed = client.field('access-control-allow-origin') ?? 'missing'
      t.expect(allowed === SITE, `Access-Control-Allow-Origin is ${allowed} instead of ${SITE}`)
      await feeds(t, client)
    },
  }),
  forConcentrator({
    id: 'cors.once',
    title: 'The allowed origin is there once',
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
    title: 'A page of another site may send credentials',
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
    meaning: 'Caches and logs take every client for a page of another site.',
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
    title: 'Two sites are each allowed by their own origin',
    level: 'must',
    basis: 'documented',
    source: '[protocol §5.12]',
    meaning: 'Only pages of the site that came first get the stream.',
    needs: ['cors'],
    kills: ['sticky-origin'],
    async run(t) {
      for (const site of [SITE, OTHER_SITE, SITE]) {
        const client = await ask(t, from(site))
        const allowed = client.field('access-control-allow-origin') ?? 'missing'
        t.expect(allowed === site, `Access-Control-Allow-Origin is ${allowed} instead of ${site}`)
        await feeds(t, client)
      }
    },
  }),
  forConcentrator({
    id: 'cors.preflight',
    title: 'A preflight for GET is answered with what is allowed',
    level: 'must',
    basis: 'documented',
    source: '[protocol §5.12]',
    meaning: 'Clients that set headers are refused before they begin.',
    needs: ['cors'],
    kills: ['preflight-405', 'no-cors'],
    async run(t) {
      const client = await ask(t, preflight('GET', 'accept'), 'OPTIONS')
      const status = client.head?.status ?? 0
      t.expect(status >= 200 && status < 300, `the preflight was answered with ${status}`)
      t.expect(
        client.field('access-control-allow-origin') === SITE,
        'the preflight does not allow the origin',
      )
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
    title: 'A preflight for what is not allowed gets no CORS fields',
    level: 'should',
    basis: 'documented',
    source: '[protocol §5.12]',
    meaning: 'Pages of any site may send what was not meant to be allowed.',
    needs: ['cors'],
    kills: ['preflight-allows-all'],
    async run(t) {
      const allowed = await ask(t, preflight('GET'), 'OPTIONS')
      t.expect(
        allowed.field('access-control-allow-origin') === SITE,
        'a preflight for GET does not allow the origin',
      )
      const refused = await ask(t, preflight('DELETE'), 'OPTIONS')
      const origin = refused.field('access-control-allow-origin')
      t.expect(origin === undefined, `a preflight for DELETE was allowed for ${origin}`)
      await feeds(t, t.connect({ fields: from(SITE) }))
    },
  }),
]
