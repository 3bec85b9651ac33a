import type { Rig } from '../../../rig/rig.ts'
import { forGateway, type StreamCheck } from '../../stream-check.ts'
import { exchange, shown } from '../whole-exchange.ts'

/**
 * Requests a whole URL: the front, then `rest`. Requires that the back end, if it receives the
 * request, is asked for `wanted` or for that URL.
 */
async function keepsPath(t: Rig, token: string, rest: string, wanted: string): Promise<string> {
  await exchange(t)
  const { host } = new URL(t.frontUrl)
  const url = `http://${host}${rest}`
  const client = t.connect({ raw: Buffer.from(`GET ${url} HTTP/1.1\r\nHost: ${host}\r\n\r\n`) })
  const arrived = () => t.backend.requests.find(({ request }) => request.target.includes(token))
  await t.requireEventually(
    () => arrived() !== undefined || client.head !== undefined || client.closed,
    'a request for a whole URL was neither refused nor forwarded',
  )
  const upstream = arrived()
  // A front may serve some hosts only.
  if (upstream === undefined) return 'not forwarded'
  const { target } = upstream.request
  const isWhole = target.startsWith('http://') && target.endsWith(wanted)
  t.expect(
    target === wanted || target === url || isWhole,
    `${shown(url)} was requested, and the back end received a request for ${shown(target)}`,
  )
  upstream.answer({ fields: [], framing: { length: 0 } })
  return `the back end is asked for ${isWhole ? 'the URL' : 'its path'}`
}

/** Request targets that are whole URLs, as clients of proxies send them. */
export const REQ_ABSOLUTE_CHECKS: readonly StreamCheck[] = [
  forGateway({
    id: 'req.absolute-host',
    title: 'The host of a whole URL as request target counts more than Host',
    level: 'must',
    basis: 'standard',
    source: '[http/1.1 §3.2.2]',
    meaning: 'The gateway and the back end can be made to see different sites.',
    kills: ['trusts-host-of-absolute'],
    async run(t) {
      await exchange(t)
      const path = t.path()
      const client = t.connect({
        raw: Buffer.from(`GET http://url.example${path} HTTP/1.1\r\nHost: field.example\r\n\r\n`),
      })
      const arrived = () => t.backend.requests.find(({ request }) => request.target.includes(path))
      await t.requireEventually(
        () => arrived() !== undefined || client.head !== undefined || client.closed,
        'the request was neither refused nor forwarded',
      )
      const host = arrived()?.field('host')
      t.expect(
        host !== 'field.example',
        'http://url.example was requested with Host: field.example, and the back end received Host: field.example',
      )
      // A front may serve some hosts only.
      return host === undefined ? 'not forwarded' : `the back end receives Host: ${host}`
    },
  }),
  forGateway({
    id: 'req.absolute-path',
    title: 'The path and query of a whole URL as request target reach the back end',
    level: 'must',
    basis: 'standard',
    source: '[http/1.1 §3.2.2] [http/1.1 §3.2.1]',
    meaning: 'Clients that are configured for a proxy get 404.',
    kills: ['absolute-as-path'],
    run: (t) => {
      const token = t.token()
      const path = `${t.pathOf(token)}?q=1`
      return keepsPath(t, token, path, path)
    },
  }),
  forGateway({
    id: 'req.absolute-no-path',
    title: 'A whole URL without a path as request target reaches the back end with the path /',
    level: 'must',
    basis: 'standard',
    source: '[http/1.1 §3.2.1] [http §4.2.3]',
    meaning: 'The back end receives a malformed request line, and refuses it.',
    kills: ['absolute-without-slash'],
    run: (t) => {
      const token = t.token()
      return keepsPath(t, token, `?${token}`, `/?${token}`)
    },
  }),
]
