import type { OriginExchange } from '../../../origin/origin-exchange.ts'
import type { Rig } from '../../../rig/rig.ts'
import { forGateway, type StreamCheck } from '../../stream-check.ts'
import type { Sent } from '../arrives.ts'
import { rawPost } from '../raw-post.ts'
import { answerWhole, exchange, expectNoFields, shown } from '../whole-exchange.ts'

const CONTENT = '<reason>outdated</reason>'

/**
 * Waits for a request. Returns it at the back end, answered, or the status with which the gateway
 * refused it.
 */
async function forwardedOrRefused(
  t: Rig,
  what: string,
  { client, arrived }: Sent,
): Promise<OriginExchange | number> {
  await t.requireEventually(
    () => arrived() !== undefined || client.head !== undefined || client.closed,
    `${what} was neither refused nor forwarded`,
  )
  const upstream = arrived()
  if (upstream !== undefined) {
    await answerWhole(t, { client, upstream })
    return upstream
  }
  t.requireReachable(client)
  const status = client.head?.status ?? 0
  t.expect(
    client.closed || (status >= 400 && status < 500),
    `${what} was answered with ${status} by the target itself`,
  )
  return status
}

/** Sends content with a method that seldom has any. */
async function sendsWith(t: Rig, method: string): Promise<OriginExchange | number> {
  await exchange(t)
  const target = t.path()
  const client = t.connect({ method, target, body: CONTENT })
  const arrived = () => t.backend.requests.find(({ request }) => request.target === target)
  return await forwardedOrRefused(t, `${method} with content`, { client, arrived })
}

/** Content where few clients send it, and what follows content. */
export const REQ_OTHER_CONTENT_CHECKS: readonly StreamCheck[] = [
  forGateway({
    id: 'req.content-delete',
    title: 'Content of a DELETE request reaches the back end whole, or the request is refused',
    level: 'should',
    source: '[http §7.7] [http §9.3.5]',
    meaning: 'The back end deletes something else than the client has asked for.',
    kills: ['drops-delete-content'],
    async run(t) {
      const upstream = await sendsWith(t, 'DELETE')
      if (typeof upstream === 'number') return `refused with ${upstream}`
      const came = upstream.request.body.toString('latin1')
      t.expect(
        came === CONTENT,
        `DELETE with the content ${shown(CONTENT)} was sent, and the back end received ${came === '' ? 'no content' : shown(came)}`,
      )
      return undefined
    },
  }),
  forGateway({
    id: 'req.content-get-kept',
    title: 'Whether content of a GET request reaches the back end',
    level: 'info',
    basis: 'standard',
    source: '[http §9.3.1]',
    meaning: 'Search requests of some clients find everything. The standard permits that.',
    kills: ['drops-get-content'],
    async run(t) {
      const upstream = await sendsWith(t, 'GET')
      if (typeof upstream === 'number') return `yes, it is refused with ${upstream}`
      t.expect(upstream.request.body.length > 0, 'it is dropped')
      return 'yes'
    },
  }),
  forGateway({
    id: 'req.trailers',
    title: 'Trailers of a request become neither content nor fields of its head',
    level: 'must',
    basis: 'standard',
    source: '[http §6.5.1] [http/1.1 §7.1.2]',
    meaning: 'A client can replace its login after the gateway has judged it.',
    kills: ['merges-trailers', 'trailers-as-content'],
    async run(t) {
      await exchange(t)
      const lines = ['Transfer-Encoding: chunked', 'Trailer: X-Check, Authorization']
      const trailers = 'X-Check: 1\r\nAuthorization: Basic dHJhaWxlcg==\r\n'
      const post = rawPost(t, lines, `5\r\nhello\r\n0\r\n${trailers}\r\n`)
      const upstream = await forwardedOrRefused(t, 'a request with trailers', post)
      if (typeof upstream === 'number') return `refused with ${upstream}`
      const came = upstream.request.body.toString('latin1')
      t.expect(
        came === 'hello',
        `the content "hello" was sent, then trailers, and the back end received the content ${shown(came)}`,
      )
      expectNoFields(
        t,
        'in the head of a request with such a trailer the back end',
        ['x-check', 'authorization'],
        upstream.request.fields,
      )
      return undefined
    },
  }),
]
