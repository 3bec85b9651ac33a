import type { OriginExchange } from '../../../origin/origin-exchange.ts'
import type { Backend } from '../../../rig/backend.ts'
import type { Rig } from '../../../rig/rig.ts'
import { forConcentrator, type StreamCheck } from '../../stream-check.ts'
import { nextRequest } from './lose-back-end.ts'
import { counted } from '../../../counted.ts'

const LOST_LOGIN = 'After the first short failure the back end refuses the target for good.'
const MOVED_PATH = '/moved/there'
const MOVED = `${MOVED_PATH}?part=2`
const RESETS = 3
/** A second connection would come this soon after the first. */
const SETTLE_MS = 600

/**
 * Moves the stream of the first back end to another path of the same origin. Returns the request
 * that follows.
 */
async function redirect(t: Rig, request: OriginExchange): Promise<OriginExchange> {
  request.answer({
    status: 302,
    fields: [{ name: 'Location', value: MOVED }],
    framing: { length: 0 },
  })
  request.fin()
  return t.upstreamOf(t.backend)
}

/**
 * Requires that a request for the back end, or for where it has moved, carries the login of its
 * first request.
 */
function expectLogin(t: Rig, request: OriginExchange, right: string, when: string): void {
  const came = request.field('authorization') ?? 'missing'
  t.expect(came === right, `${when} Authorization is ${came} instead of ${right}`)
}

async function login(t: Rig): Promise<string> {
  const request = await t.upstreamOf(t.backend)
  return (
    request.field('authorization') ??
    t.skip('the target sends its login only when it is challenged')
  )
}

/**
 * A second target that reads from a URL with a query. Returns that URL's path, and its requests.
 */
async function startAtQuery(t: Rig): Promise<{
  readonly wanted: string
  readonly backend: Backend
  readonly requests: () => readonly OriginExchange[]
}> {
  const backend = t.second
  const mark = t.token()
  const wanted = `/queried/${mark}?list=${mark}&x=%20`
  const { frontUrl } = await t.target.startAnother([
    { url: `http://127.0.0.1:${backend.origin.port}${wanted}` },
  ])
  t.connect({}, frontUrl)
  const requests = (): readonly OriginExchange[] =>
    backend.requests.filter(
      ({ request: { target } }) => target.includes(mark) || target.startsWith(MOVED_PATH),
    )
  await t.requireEventually(
    () => requests().length > 0,
    `no request for ${wanted} reached the back end`,
    t.reconnectMs,
  )
  return { wanted, backend, requests }
}

async function nextOf(t: Rig, requests: () => readonly OriginExchange[]): Promise<string> {
  const known = requests().length
  const current = requests().at(-1)
  current?.end()
  current?.fin()
  await t.requireEventually(
    () => requests().length > known,
    'the target did not request the URL, with its query, again after the end of its stream',
    t.reconnectMs,
  )
  return requests().at(-1)?.request.target ?? ''
}

/** What a target sends and holds after a loss or a redirect. */
export const UP_RETURN_CHECKS: readonly StreamCheck[] = [
  forConcentrator({
    id: 'up.login-after-loss',
    title: 'The target sends the same login when it reconnects to a lost back end',
    level: 'must',
    basis: 'documented',
    source: '[protocol §4.2] [protocol §4.4]',
    meaning: LOST_LOGIN,
    needs: ['credentials'],
    kills: ['ring-login-lost-on-return', 'login-once'],
    async run(t) {
      const right = await login(t)
      for (const loss of ['first', 'second']) {
        const request = await nextRequest(t)
        expectLogin(t, request, right, `after the ${loss} loss`)
        request.answer()
      }
      const stream = await t.stream()
      await stream.arrives('data: 1\n\n')
    },
  }),
  forConcentrator({
    id: 'up.headers-after-loss',
    title: 'The target sends the same configured headers when it reconnects to a lost back end',
    level: 'must',
    basis: 'documented',
    source: '[protocol §4.3] [protocol §4.4]',
    meaning: 'After the first short failure the back end serves another site, or refuses.',
    needs: ['header-override'],
    kills: ['ring-headers-lost-on-return', 'headers-once'],
    async run(t) {
      const configured = Object.keys(t.backend.settings.httpHeaders ?? {})
      const sent = (request: OriginExchange): string =>
        configured.map((name) => `${name}: ${request.field(name) ?? 'missing'}`).join(', ')
      const right = sent(await t.upstreamOf(t.backend))
      const request = await nextRequest(t)
      t.expect(sent(request) === right, `after a loss came ${sent(request)} instead of ${right}`)
      request.answer()
      const stream = await t.stream()
      await stream.arrives('data: 1\n\n')
    },
  }),
  forConcentrator({
    id: 'up.login-after-redirect',
    title: 'The target sends the same login to its back end after a redirect on the same origin',
    level: 'must',
    source: '[protocol §4.2] [protocol §4.10]',
    meaning: LOST_LOGIN,
    needs: ['credentials'],
    kills: ['ring-login-lost-by-redirect', 'login-lost-by-redirect'],
    async run(t) {
      const right = await login(t)
      const moved = await redirect(t, await nextRequest(t))
      if (moved.request.target !== MOVED) t.skip('the target does not follow redirects')
      expectLogin(t, moved, right, 'where a redirect on the same origin led,')
      const request = await nextRequest(t)
      expectLogin(t, request, right, 'after a redirect and a loss')
      request.answer()
      const stream = await t.stream()
      await stream.arrives('data: 1\n\n')
    },
  }),
  forConcentrator({
    id: 'up.query-after-loss',
    title: 'The target requests the same query when it reconnects to a lost back end',
    level: 'must',
    basis: 'standard',
    source: '[http §7.1] [sse §9.2.3]',
    meaning: 'After the first short failure the target reads another stream, or none.',
    cost: 'slow',
    kills: ['ring-query-lost-on-return', 'query-once'],
    async run(t) {
      const { wanted, requests } = await startAtQuery(t)
      for (const loss of ['first', 'second']) {
        const target = await nextOf(t, requests)
        t.expect(
          target === wanted,
          `after the ${loss} loss the target requested ${target} instead of ${wanted}`,
        )
      }
      const stream = await t.stream()
      await stream.arrives('data: 1\n\n')
    },
  }),
  forConcentrator({
    id: 'up.query-after-redirect',
    title: 'The target keeps the query of a redirect, and requests a query after it',
    level: 'must',
    basis: 'standard',
    source: '[http §15.4] [http §7.1]',
    meaning: 'After a redirect the target reads another stream, or none.',
    cost: 'slow',
    kills: ['ring-query-lost-by-redirect', 'query-lost-by-redirect'],
    async run(t) {
      const { wanted, backend, requests } = await startAtQuery(t)
      const moved = { name: 'Location', value: MOVED }
      backend.answerWith((upstream) => {
        if (upstream.request.target !== wanted) return upstream.answer()
        upstream.answer({ status: 302, fields: [moved], framing: { length: 0 } })
        return upstream.fin()
      })
      const followed = await nextOf(t, requests)
      await t.eventually(() => requests().at(-1)?.request.target !== wanted)
      const there = requests().at(-1)?.request.target ?? followed
      if (there === wanted) t.skip('the target does not follow redirects')
      t.expect(there === MOVED, `the target requested ${there} instead of ${MOVED}`)
      backend.resetAnswer()
      const again = await nextOf(t, requests)
      t.expect(
        again === wanted || again === MOVED,
        `after a redirect and a loss the target requested ${again}, neither ${wanted} nor ${MOVED}`,
      )
      const stream = await t.stream()
      await stream.arrives('data: 1\n\n')
    },
  }),
  forConcentrator({
    id: 'up.last-id-apart',
    title: 'Each of two back ends is asked to resume after its own last id',
    level: 'should',
    basis: 'standard',
    source: '[sse §9.2.3]',
    meaning: 'A back end gets the id of another system, and replays too much or nothing.',
    freshTarget: true,
    kills: ['ring-last-id-of-other', 'one-last-id-for-all'],
    async run(t) {
      const stream = await t.stream()
      const other = await t.upstreamOf(t.second)
      await stream.arrives('id: a-1\ndata: A\n\n')
      other.write('id: b-1\ndata: B\n\n')
      await t.requireEventually(
        () => stream.client.hasEvent('B'),
        'an event of back end B did not reach the client',
      )
      const first = await nextRequest(t)
      const second = await t.renewUpstream(t.second)
      for (const [request, name, wanted] of [
        [first, 'A', 'a-1'],
        [second, 'B', 'b-1'],
      ] as const) {
        const asked = request.field('last-event-id') ?? 'missing'
        t.expect(
          asked === wanted,
          `Last-Event-ID at back end ${name} is ${asked} instead of ${wanted}`,
        )
      }
      first.answer()
      first.write('data: control\n\n')
      await t.requireEventually(
        () => stream.client.hasEvent('control'),
        'the next event did not reach the client',
      )
    },
  }),
  forConcentrator({
    id: 'up.one-after-reset',
    title: 'After three resets there is one connection to the back end, and its events arrive once',
    level: 'must',
    source: '[protocol §4.1] [protocol §4.4]',
    meaning: 'Connections multiply with every failure, and clients get each event several times.',
    cost: 'slow',
    freshTarget: true,
    kills: ['ring-reset-doubles', 'ring-three-losses', 'gives-up-backend'],
    async run(t) {
      const stream = await t.stream()
      await stream.arrives('data: before\n\n')
      for (let reset = 1; reset <= RESETS; reset += 1) {
        const known = await t.upstreamOf(t.backend)
        for (const upstream of t.backend.streams) upstream.reset()
        await t.requireEventually(
          () => t.backend.stream !== undefined && t.backend.stream !== known,
          `the target did not reconnect after reset ${reset} of ${RESETS}`,
          t.reconnectMs,
        )
      }
      await t.pause(SETTLE_MS)
      const { streams, origin } = t.backend
      for (const upstream of streams) upstream.write('data: to all\n\n')
      await t.requireEventually(
        () => stream.client.hasEvent('to all'),
        'the event after the resets did not reach the client',
      )
      const last = await t.upstreamOf(t.second)
      last.write('data: end\n\n')
      await t.requireEventually(
        () => stream.client.hasEvent('end'),
        'the next event did not reach the client',
      )
      const count = stream.received.filter(({ data }) => data.toString() === 'to all').length
      t.expect(
        count === 1,
        `an event that was written once to each connection of one back end came ${counted(count, 'time')}, on ${counted(streams.length, 'connection')}`,
      )
      t.expect(
        streams.length === 1 && origin.connectionCount === 1,
        `after ${RESETS} resets back end A has ${counted(streams.length, 'stream')} on ${counted(origin.connectionCount, 'connection')} instead of one`,
      )
    },
  }),
]
