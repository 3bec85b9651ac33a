import type { Rig } from '../../../rig/rig.ts'
import { forGateway, type StreamCheck } from '../../stream-check.ts'
import { answerWhole, exchange, shown } from '../whole-exchange.ts'
import { TARGET_CASES, type TargetCase } from './target-cases.ts'

/** Requires that the target arrives, or, where that is allowed, that the gateway refuses it. */
async function targetArrives(t: Rig, { ends, mayRefuse = false }: TargetCase): Promise<void> {
  await exchange(t)
  for (const end of ends) {
    const token = t.token()
    const target = `${t.pathOf(token)}${end}`
    const client = t.connect({ target })
    const arrived = () => t.backend.requests.find(({ request }) => request.target.includes(token))
    await t.requireEventually(
      () => arrived() !== undefined || client.head !== undefined || client.closed,
      `the request for ${shown(target)} was neither forwarded nor answered`,
    )
    const upstream = arrived()
    if (upstream === undefined) {
      t.requireReachable(client)
      const status = client.head?.status ?? 'a close'
      const refused =
        client.head !== undefined && client.head.status >= 300 && client.head.status < 500
      t.expect(
        mayRefuse && refused,
        `${shown(target)} was answered with ${status} by the target itself`,
      )
      continue
    }
    const came = upstream.request.target
    t.expect(
      came === target,
      `${shown(target)} was requested, and the back end received a request for ${shown(came)}`,
    )
    upstream.answer({ fields: [], framing: { length: 0 } })
    client.close()
  }
}

/** The request line at the back end, and how many requests come. */
export const REQ_LINE_CHECKS: readonly StreamCheck[] = [
  ...TARGET_CASES.map((target) => {
    const { name, title, meaning, level, kills } = target
    return forGateway({
      id: `req.${name}`,
      title,
      level,
      source: '[http §7.7] [http §4.2.3]',
      meaning,
      kills,
      run: (t) => targetArrives(t, target),
    })
  }),
  forGateway({
    id: 'req.method',
    title: 'GET, POST, PUT, PATCH and DELETE reach the back end as they are',
    level: 'must',
    source: '[http §9.1]',
    meaning: 'Writes become reads.',
    kills: ['post-as-get'],
    async run(t) {
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
        const body = method === 'GET' || method === 'DELETE' ? undefined : 'x'
        const { upstream } = await exchange(t, { request: { method, body } })
        const came = upstream.request.method
        t.expect(came === method, `${method} was sent, and the back end received ${came}`)
      }
    },
  }),
  forGateway({
    id: 'req.method-other',
    title: 'A method that the gateway does not know reaches the back end as it is, or is refused',
    level: 'should',
    basis: 'standard',
    source: '[http §9.1] [http §15.6.2]',
    meaning: 'The back end does something else than the client asked for, or the client hangs.',
    kills: ['other-method-as-get', 'upper-case-methods'],
    async run(t) {
      await exchange(t)
      for (const method of ['REPORT', 'Report']) {
        const target = t.path()
        const client = t.connect({ method, target })
        const arrived = () => t.backend.requests.find(({ request }) => request.target === target)
        await t.requireEventually(
          () => arrived() !== undefined || client.head !== undefined || client.closed,
          `${method} was neither forwarded nor refused`,
        )
        const came = arrived()?.request.method
        t.expect(
          came === undefined || came === method,
          `${method} was sent, and the back end received ${came}`,
        )
        const status = client.head?.status ?? 400
        t.expect(
          came !== undefined || status >= 400,
          `${method} was answered with ${status} by the target itself`,
        )
        client.close()
      }
    },
  }),
  forGateway({
    id: 'req.asterisk',
    title: 'OPTIONS * reaches the back end as it is, or is answered by the gateway',
    level: 'should',
    basis: 'standard',
    source: '[http/1.1 §3.2.4] [http §9.3.7]',
    meaning: 'The back end is asked about a resource that does not exist.',
    kills: ['asterisk-as-path'],
    async run(t) {
      await exchange(t)
      const { host } = new URL(t.frontUrl)
      const raw = Buffer.from(`OPTIONS * HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
      const client = t.connect({ method: 'OPTIONS', raw })
      const arrived = () =>
        t.backend.requests.find(
          ({ request: { method, target }, answered }) =>
            !answered && method === 'OPTIONS' && target.length <= 2,
        )
      await t.requireEventually(
        () => arrived() !== undefined || client.head !== undefined || client.closed,
        'OPTIONS * was neither forwarded nor answered',
      )
      const upstream = arrived()
      if (upstream !== undefined) {
        const { target } = upstream.request
        t.expect(
          target === '*',
          `OPTIONS * was sent, and the back end received OPTIONS ${shown(target)}`,
        )
        await answerWhole(t, { client, upstream })
      }
      await exchange(t)
      return upstream === undefined ? 'answered by the gateway' : 'forwarded'
    },
  }),
  forGateway({
    id: 'req.once',
    title: 'The back end gets exactly one request for each request of a client',
    level: 'must',
    source: '[http §9.2.2]',
    meaning: 'Everything is written twice.',
    kills: ['mirrors-requests'],
    async run(t) {
      const targets = [t.path(), t.path(), t.path()]
      for (const target of targets)
        await exchange(t, { request: { target, method: 'POST', body: 'x' } })
      // A copy may come behind its request.
      await t.eventually(() => t.backend.requests.length > targets.length, t.holdMs / 10)
      for (const target of targets) {
        const count = t.backend.requests.filter(({ request }) => request.target === target).length
        t.expect(count === 1, `the back end received ${count} requests for one request of a client`)
      }
    },
  }),
  forGateway({
    id: 'req.once-failed',
    title: 'A POST request that the back end answers with 503 is not sent again',
    level: 'must',
    basis: 'standard',
    source: '[http §9.2.2]',
    meaning: 'What the back end has done before its error is done twice.',
    kills: ['repeats-failed-posts'],
    async run(t) {
      const { client, upstream } = await t.relay({ method: 'POST', body: 'x' })
      const { target } = upstream.request
      upstream.answer({ status: 503, fields: [], framing: { length: 0 } })
      const times = () =>
        t.backend.requests.filter(({ request }) => request.target === target).length
      await t.eventually(() => times() > 1 || client.state === 'complete')
      await t.eventually(() => times() > 1, t.holdMs / 10)
      t.expect(
        times() === 1,
        `the back end answered a POST with 503, and received it ${times()} times`,
      )
    },
  }),
  forGateway({
    id: 'req.well-formed',
    title: 'The request at the back end is well-formed, byte by byte',
    level: 'must',
    basis: 'standard',
    source: '[http/1.1 §2.1] [http/1.1 §2.2]',
    meaning: 'Strict back ends refuse every request.',
    kills: ['lf-request-head'],
    async run(t) {
      const { upstream } = await exchange(t, { request: { method: 'POST', body: 'content' } })
      t.expect(upstream.violations.length === 0, [...new Set(upstream.violations)].join('; '))
    },
  }),
]
