import type { RelayedRequest, Rig } from '../../rig/rig.ts'
import { forGateway, type StreamCheck } from '../stream-check.ts'
import { answerWhole, exchange, shown } from './whole-exchange.ts'

const SMUGGLING =
  'A gateway in front may parse the same bytes as another request: request smuggling.'

/**
 * Requires that a request head is refused, or that the fields which reach the back end satisfy
 * `isSound`.
 */
async function refusesOrMends(
  t: Rig,
  lines: readonly string[],
  isSound: (field: (name: string) => string | undefined) => boolean,
  sent: string,
): Promise<string> {
  await exchange(t)
  const token = t.token()
  const { host } = new URL(t.frontUrl)
  const text = lines.join('\r\n').replace('{path}', t.pathOf(token)).replace('{host}', host)
  const client = t.connect({ raw: Buffer.from(`${text}\r\n\r\n`, 'latin1') })
  const arrived = () => t.backend.requests.find(({ request }) => request.target.includes(token))
  await t.requireEventually(
    () => client.head !== undefined || client.closed || arrived() !== undefined,
    'the request was neither refused nor forwarded',
  )
  const upstream = arrived()
  if (upstream === undefined) {
    t.expect((client.head?.status ?? 400) >= 400, `it was answered with ${client.head?.status}`)
    return 'refused'
  }
  t.expect(
    isSound((name) => upstream.field(name)) && upstream.violations.length === 0,
    `${sent} was sent, and the back end received ${[...upstream.violations, ...upstream.request.fields.map(({ name, value }) => shown(`${name}: ${value}`))].join(', ')}`,
  )
  await answerWhole(t, { client, upstream })
  return 'mended'
}

/** Requires that the front ends the connection after one response. */
async function closesAfter(t: Rig, request: RelayedRequest): Promise<void> {
  const { client } = await exchange(t, { request })
  await t.requireEventually(
    () => client.closed,
    'the front did not end the connection after the response',
  )
}

/** Request heads and connections of the front. */
export const HYG_FRONT_CHECKS: readonly StreamCheck[] = [
  forGateway({
    id: 'hyg.folded-field',
    title: 'A folded field of a request is refused, or reaches the back end in one line',
    level: 'must',
    basis: 'standard',
    source: '[http/1.1 §5.2]',
    meaning: SMUGGLING,
    kills: ['passes-request-folds'],
    run: (t) =>
      refusesOrMends(
        t,
        ['GET {path} HTTP/1.1', 'Host: {host}', 'X-Folded: a', ' X-Hidden: b'],
        (field) =>
          field('x-hidden') === undefined && /^a +X-Hidden: b$/.test(field('x-folded') ?? ''),
        'a folded field',
      ),
  }),
  forGateway({
    id: 'hyg.space-first',
    title: 'White space before the first field of a request is refused, or its line is ignored',
    level: 'must',
    basis: 'standard',
    source: '[http/1.1 §2.2]',
    meaning: SMUGGLING,
    kills: ['field-after-space'],
    run: (t) =>
      refusesOrMends(
        t,
        ['GET {path} HTTP/1.1', ' X-First: 1', 'Host: {host}'],
        (field) => field('x-first') === undefined,
        '" X-First: 1" as the first line',
      ),
  }),
  forGateway({
    id: 'hyg.method-token',
    title: 'A method with characters that are not allowed is refused',
    level: 'should',
    basis: 'standard',
    source: '[http/1.1 §3] [http §5.6.2]',
    meaning: SMUGGLING,
    kills: ['any-method-token'],
    async run(t) {
      const came = await refusesOrMends(
        t,
        ['G(E)T {path} HTTP/1.1', 'Host: {host}'],
        () => false,
        'the method G(E)T',
      )
      return came
    },
  }),
  forGateway({
    id: 'hyg.pipelined',
    title: 'Two requests in one packet are both answered, in order',
    level: 'must',
    basis: 'standard',
    source: '[http/1.1 §9.3.2]',
    meaning: 'Clients that send requests ahead wait for ever, or get swapped responses.',
    kills: ['drops-pipelined'],
    async run(t) {
      await exchange(t)
      const [first, second] = [t.path(), t.path()]
      const { host } = new URL(t.frontUrl)
      const lines = [first, second].map((path) => `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
      const client = t.connect({ raw: Buffer.from(lines.join('')) })
      const at = (target: string) =>
        t.backend.requests.find(({ request }) => request.target === target)
      await t.requireEventually(
        () => at(first) !== undefined || client.closed,
        'the first of two requests did not reach the back end',
      )
      const upstream = at(first)
      if (upstream === undefined)
        return t.fail('the front closed the connection without a response')
      await answerWhole(t, { client, upstream }, {}, 'first')
      t.expect(client.content.toString() === 'first', 'the first response was changed')
      // [http/1.1 §9.3] A front may end the connection after any response: the client sends the
      // second one again.
      await t.requireEventually(
        () => at(second) !== undefined || client.closed || client.surplusBytes > 0,
        'the second of two requests was neither forwarded nor answered, and the connection stayed open',
      )
      if (at(second) === undefined && client.closed) return 'the connection ends after the first'
      at(second)?.answer({ fields: [], framing: { length: 6 } })
      at(second)?.write('second')
      await t.requireEventually(
        () => client.surplusBytes > 0 || client.closed,
        'the second of two requests was not answered',
      )
      return 'both are answered'
    },
  }),
  forGateway({
    id: 'hyg.close',
    title: 'The connection of a client that asks for its end is ended after the response',
    level: 'must',
    basis: 'standard',
    source: '[http/1.1 §9.6]',
    meaning: 'Clients wait for the end of the connection, and connections pile up.',
    kills: ['keeps-closing'],
    run: (t) => closesAfter(t, { fields: [{ name: 'Connection', value: 'close' }] }),
  }),
  forGateway({
    id: 'hyg.http10-close',
    title: 'The connection of an HTTP/1.0 client is ended after the response',
    level: 'must',
    basis: 'standard',
    source: '[http/1.1 §9.3]',
    meaning: 'Old clients wait for the end of the connection.',
    kills: ['keeps-closing'],
    run: (t) => closesAfter(t, { version: '1.0' }),
  }),
  forGateway({
    id: 'hyg.http10',
    title: 'Whether HTTP/1.0 clients are served',
    level: 'info',
    source: '[http §2.5]',
    meaning: 'Some old clients and monitors speak nothing else.',
    kills: ['refuses-http10'],
    async run(t) {
      await exchange(t)
      const target = t.path()
      const client = t.connect({ target, version: '1.0' })
      const arrived = () => t.backend.requests.find(({ request }) => request.target === target)
      await t.requireEventually(
        () => arrived() !== undefined || client.head !== undefined || client.closed,
        'HTTP/1.0 is neither served nor refused',
      )
      t.expect(arrived() !== undefined, `no: ${client.head?.status ?? 'the connection is closed'}`)
      return 'yes'
    },
  }),
]
