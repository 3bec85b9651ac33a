import type { RawClient } from '../../../client/raw-client.ts'
import type { OriginExchange } from '../../../origin/origin-exchange.ts'
import type { Rig } from '../../../rig/rig.ts'
import { forBoth, forConcentrator, type StreamCheck } from '../../stream-check.ts'
import { CANARY, HUGE_HEAD_BYTES, HYGIENE_CASES } from './hygiene-cases.ts'
import { servesOrdinaryRequest } from '../ordinary-request.ts'
import { isServed, serves } from './served.ts'

const FORWARDED = 'a request that must be refused was forwarded to the back end'
/**
 * Where the refused requests would arrive. A gateway may send requests of its own, for other paths.
 */
const REFUSED_TARGETS: ReadonlySet<string> = new Set(['/', CANARY])
const LONG_LINE_BYTES = 8000
/** Far less than the time for which targets wait for a request. */
const MOST_SPLIT_MS = 1000

/** Requires an error response or a close, and that nothing of the request reaches a back end. */
async function refuses(t: Rig, method: string, request: string, mayClose = false): Promise<void> {
  await servesOrdinaryRequest(t)
  const known = t.backend.requests.length
  const { host } = new URL(t.frontUrl)
  const client = t.connect({
    method,
    raw: Buffer.from(request.replaceAll('{host}', host), 'latin1'),
  })
  const forwarded = (): OriginExchange | undefined =>
    t.role === 'gateway'
      ? t.backend.requests
          .slice(known)
          .find(({ request: { target } }) => REFUSED_TARGETS.has(target))
      : undefined
  const passedOn = (): boolean => forwarded() !== undefined
  await t.requireEventually(
    () => client.head !== undefined || client.closed || passedOn(),
    'the request was neither refused nor served',
  )
  const upstream = forwarded()
  if (mayClose && upstream !== undefined) {
    await isProcessedAndClosed(t, client, upstream)
    return await servesOrdinaryRequest(t)
  }
  t.expect(!passedOn(), FORWARDED)
  const { head } = client
  const refused =
    head === undefined ? client.closed && client.violations.length === 0 : head.status >= 400
  t.expect(refused, `the request was answered with ${head?.status ?? 'bytes that are not HTTP'}`)
  await servesOrdinaryRequest(t)
  // Some targets forward a request and refuse it, in any order.
  t.expect(!passedOn(), FORWARDED)
}

/**
 * [http/1.1 §6.1] Transfer-Encoding alone counts, and the connection ends after the response: no
 * other request on it is served.
 */
async function isProcessedAndClosed(
  t: Rig,
  client: RawClient,
  upstream: OriginExchange,
): Promise<void> {
  t.expect(
    upstream.request.target !== CANARY && upstream.request.body.length === 0,
    'the request was processed by its Content-Length',
  )
  upstream.answer({ fields: [], framing: { length: 2 } })
  upstream.write('ok')
  const isSmuggled = (): boolean =>
    t.backend.requests.some(({ request: { target } }) => target === CANARY)
  await t.eventually(() => client.closed || client.state === 'complete')
  const next = t.path()
  const isServedAgain = (): boolean =>
    t.backend.requests.some(({ request: { target } }) => target === next)
  if (!client.closed) client.again({ target: next })
  await t.eventually(() => client.closed || isSmuggled() || isServedAgain())
  t.expect(!isSmuggled(), 'a second request was hidden in the first one')
  t.expect(
    client.closed && !isServedAgain(),
    'the request was forwarded to the back end, and its connection stays open after the response',
  )
}

/** How the front handles malformed and unusual requests. */
export const HYGIENE_CHECKS: readonly StreamCheck[] = [
  ...HYGIENE_CASES.map(
    ({ name, title, source, kills, lines, body = '', level = 'must', mayClose }) =>
      forBoth({
        id: `hyg.${name}`,
        title,
        level,
        basis: 'standard',
        source,
        meaning: 'A proxy in front may parse the same bytes as another request: request smuggling.',
        kills,
        run: (t) =>
          refuses(
            t,
            lines[0]?.split(' ')[0] ?? 'GET',
            `${lines.join('\r\n')}\r\n\r\n${body}`,
            mayClose,
          ),
      }),
  ),
  forBoth({
    id: 'hyg.head-limit',
    title: 'A request head of one megabyte is refused',
    level: 'should',
    basis: 'standard',
    source: '[http §5.4] [protocol §5.15]',
    meaning: 'One client can fill the memory of the target.',
    kills: ['no-head-limit'],
    run: (t) =>
      refuses(
        t,
        'GET',
        `GET / HTTP/1.1\r\nHost: {host}\r\nX-Long: ${'x'.repeat(HUGE_HEAD_BYTES)}\r\n\r\n`,
      ),
  }),
  forBoth({
    id: 'hyg.split-head',
    title: 'A request that arrives byte by byte is served',
    level: 'must',
    basis: 'standard',
    source: '[http/1.1 §2.2]',
    meaning: 'A client is refused when its packets end at an unlucky byte.',
    kills: ['whole-head-in-one-read'],
    async run(t) {
      await servesOrdinaryRequest(t)
      const { host } = new URL(t.frontUrl)
      const request = `GET ${t.path()} HTTP/1.1\r\nHost: ${host}\r\n\r\n`
      const client = t.connect({ raw: Buffer.from(request.slice(0, 1)) })
      await t.requireEventually(() => client.connected, 'the front did not accept the connection')
      // A target that answers another client has read the first byte before the others are sent.
      await servesOrdinaryRequest(t)
      // A busy machine takes long for each byte, and targets wait for a request only so long.
      const startMs = performance.now()
      let at = 1
      for (; at < request.length && performance.now() - startMs < MOST_SPLIT_MS; at += 1) {
        client.send(Buffer.from(request[at] ?? ''))
        await t.pause()
      }
      client.send(Buffer.from(request.slice(at)))
      await isServed(t, client)
    },
  }),
  forBoth({
    id: 'hyg.leading-crlf',
    title: 'An empty line before a request is skipped',
    level: 'should',
    basis: 'standard',
    source: '[http/1.1 §2.2]',
    meaning: 'Old clients that end a request with an extra empty line are refused.',
    kills: ['no-leading-crlf'],
    run: (t) => serves(t, `\r\nGET ${t.path()} HTTP/1.1\r\nHost: {host}\r\n\r\n`),
  }),
  forBoth({
    id: 'hyg.long-target',
    title: 'A request line of eight thousand bytes is served',
    level: 'should',
    basis: 'standard',
    source: '[http/1.1 §3]',
    meaning: 'Clients with long parameters are refused.',
    kills: ['target-at-most-2k'],
    async run(t) {
      const start = `GET ${t.path()}?x=`
      const rest = ' HTTP/1.1'
      const line = `${start}${'y'.repeat(LONG_LINE_BYTES - start.length - rest.length)}${rest}`
      await serves(t, `${line}\r\nHost: {host}\r\n\r\n`)
    },
  }),
  forBoth({
    id: 'hyg.absolute-form',
    title: 'A request target with scheme and host is served',
    level: 'must',
    basis: 'standard',
    source: '[http/1.1 §3.2.2]',
    meaning: 'Clients configured for a forward proxy are refused.',
    kills: ['origin-form-only'],
    run: (t) => serves(t, `GET http://{host}${t.path()} HTTP/1.1\r\nHost: {host}\r\n\r\n`),
  }),
  forConcentrator({
    id: 'hyg.body-is-no-request',
    title: 'Request content is never parsed as the next request',
    level: 'must',
    basis: 'standard',
    source: '[http/1.1 §6] [http §9.3.1]',
    meaning: 'A client can smuggle requests inside content.',
    kills: ['ignore-get-body'],
    async run(t) {
      const { host } = new URL(t.frontUrl)
      const canary = `HEAD ${CANARY} HTTP/1.1\r\nHost: ${host}\r\n\r\n`
      const head = `HEAD / HTTP/1.1\r\nHost: ${host}\r\nContent-Length: ${canary.length}\r\n\r\n`
      const client = t.connect({ method: 'HEAD', raw: Buffer.from(head + canary) })
      await t.requireEventually(
        () => client.state === 'complete' || client.closed,
        'no answer came',
      )
      await servesOrdinaryRequest(t)
      t.expect(
        client.head !== undefined,
        'the target closed the connection after HEAD with content',
      )
      t.expect(!client.hasSecondResponse, 'the target answered the content as a separate request')
    },
  }),
  forBoth({
    id: 'hyg.after-stream',
    title: 'Bytes that a client sends while its stream is open get no response inside the stream',
    level: 'must',
    basis: 'standard',
    source: '[http/1.1 §9.3.2]',
    meaning: 'A response in the middle of a stream breaks the stream.',
    kills: ['answers-meanwhile'],
    async run(t) {
      const stream = await t.stream()
      await stream.writeAndYield('data: before\n\n')
      stream.client.send(Buffer.from(`GET ${CANARY} HTTP/1.1\r\nHost: canary\r\n\r\n`))
      await t.pause()
      stream.write('data: after\n\n')
      if (t.role === 'gateway') stream.upstream.end()
      await t.requireEventually(
        () => stream.received.length >= 2 || stream.client.closed,
        'the stream went silent',
      )
      t.expect(stream.client.violations.length === 0, stream.client.violations.join('; '))
      const came = stream.received.map(({ data }) => data.toString())
      // [http/1.1 §9.3] A target may close such a connection; it must not mix two answers.
      if (!stream.client.closed) t.expectRead(came, ['before', 'after'], 'by the client')
    },
  }),
]
