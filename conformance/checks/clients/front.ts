import type { RawClient } from '../../client/raw-client.ts'
import type { Rig } from '../../rig/rig.ts'
import { forConcentrator, type StreamCheck } from '../stream-check.ts'
import { feeds } from './ordinary-request.ts'

const HEAD_LIMIT_MS = 1000
const HEAD_TRIES = 5
const ODD_PATHS = [
  '/sse/',
  '/a/b/c?x=1&y=%2F',
  '/%7Efeed',
  '//sse',
  '/a;b=c',
  '/sse?',
  `/${'x'.repeat(1000)}`,
]

/** A new client that has its response head after this time by the clock. Undefined: it has none. */
async function answeredWithin(t: Rig, limitMs: number): Promise<RawClient | undefined> {
  const startMs = performance.now()
  const client = t.connect()
  await t.eventually(() => client.head !== undefined, limitMs)
  const isInTime = client.head !== undefined && performance.now() - startMs <= limitMs
  return isInTime ? client : undefined
}

function isPersistent(client: RawClient): boolean {
  return !client.closed && !/\bclose\b/i.test(client.field('connection') ?? '')
}

/** What every client gets from the front. */
export const FRONT_CHECKS: readonly StreamCheck[] = [
  forConcentrator({
    id: 'front.head-1s',
    title: 'Status and headers arrive within a second, without an event',
    level: 'must',
    basis: 'documented',
    source: '[protocol §5.2]',
    meaning:
      "Health checks such as the vendor's, which give curl one second, report the target as dead.",
    kills: ['head-waits-for-body', 'head-after-3s'],
    async run(t) {
      // The back end is connected: its own time is not the front's.
      await t.stream({ marked: false })
      const limitMs = Math.min(HEAD_LIMIT_MS, (t.claims.heartbeatMs ?? Infinity) / 2)
      // A busy machine makes a head later, never earlier: one of several decides.
      let client: RawClient | undefined
      for (let tries = 0; tries < HEAD_TRIES && client === undefined; tries += 1)
        client = await answeredWithin(t, limitMs)
      const late = `no response head within ${limitMs} ms, ${HEAD_TRIES} times in a row`
      await feeds(t, client ?? t.fail(late, 'missed'))
    },
  }),
  forConcentrator({
    id: 'front.any-path',
    title: 'The stream is served at / and at /sse',
    level: 'must',
    basis: 'documented',
    source: '[protocol §5.1]',
    meaning: 'Existing fronts and editors use one of the two paths and fail on the other.',
    kills: ['root-path-only', 'only-sse', 'path-sse-404'],
    async run(t) {
      for (const target of ['/', '/sse']) {
        const stream = await t.stream({ request: { target } })
        await stream.arrives(`data: at ${target}\n\n`)
      }
    },
  }),
  forConcentrator({
    id: 'front.anonymous',
    title: 'Clients need no credentials',
    level: 'must',
    basis: 'documented',
    source: '[protocol §5.1]',
    meaning: 'Editors send no credentials and cannot open the stream.',
    kills: ['demands-login', 'challenges-anyway'],
    async run(t) {
      const client = t.connect()
      await t.requireEventually(() => client.head !== undefined, 'no response head')
      t.expect(
        client.head?.status === 200,
        `a client without credentials got ${client.head?.status}`,
      )
      t.expect(
        client.field('www-authenticate') === undefined,
        'a client without credentials got a WWW-Authenticate challenge',
      )
      await feeds(t, client)
    },
  }),
  forConcentrator({
    id: 'front.content-type',
    title: 'The response is text/event-stream',
    level: 'must',
    basis: 'standard',
    source: '[sse §9.2.5]',
    meaning: 'EventSource refuses the stream for good.',
    kills: ['wrong-content-type', 'charset-latin1'],
    async run(t) {
      const client = t.connect()
      await t.requireEventually(() => client.head !== undefined, 'no response head')
      const type = client.field('content-type') ?? 'missing'
      t.expect(
        /^text\/event-stream\s*(;\s*charset="?utf-8"?)?$/i.test(type),
        `Content-Type is ${type}`,
      )
      await feeds(t, client)
    },
  }),
  forConcentrator({
    id: 'front.methods',
    title: 'Other methods than GET, HEAD and OPTIONS are refused with 405 and an Allow header',
    level: 'should',
    basis: 'standard',
    source: '[http §15.5.6] [protocol §5.12]',
    meaning: 'Misdirected writes look successful.',
    kills: ['any-method', 'methods-404', 'bare-405'],
    async run(t) {
      for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
        const client = t.connect({ method, body: method === 'DELETE' ? undefined : 'x' })
        await t.requireEventually(
          () => client.head !== undefined || client.closed,
          `no answer to ${method}`,
        )
        t.expect(
          client.head?.status === 405,
          `${method} was answered with ${client.head?.status ?? 'nothing'}`,
        )
        t.expect(
          /\bGET\b/.test(client.field('allow') ?? ''),
          `405 to ${method} without an Allow header that names GET`,
        )
      }
    },
  }),
  forConcentrator({
    id: 'front.head-method',
    title: 'HEAD is answered at once with the headers of GET and no content',
    level: 'should',
    basis: 'standard',
    source: '[http §9.3.2] [protocol §5.12]',
    meaning: 'Monitors that use HEAD hang or report an error.',
    kills: ['head-hangs', 'head-405'],
    async run(t) {
      const client = t.connect({ method: 'HEAD', fields: [{ name: 'Connection', value: 'close' }] })
      await t.requireEventually(() => client.state === 'complete', 'no answer to HEAD')
      t.expect(client.head?.status === 200, `HEAD was answered with ${client.head?.status}`)
      t.expect(
        /^text\/event-stream/i.test(client.field('content-type') ?? ''),
        'the Content-Type of HEAD differs from that of GET',
      )
      await t.requireEventually(
        () => client.closed,
        'the connection stayed open after HEAD with Connection: close',
      )
      t.expect(client.violations.length === 0, client.violations.join('; '))
    },
  }),
  forConcentrator({
    id: 'front.not-compressed',
    title: 'The stream is never compressed',
    level: 'must',
    basis: 'documented',
    source: '[protocol §5.14]',
    meaning: 'Events sit in the compressor.',
    kills: ['compresses'],
    async run(t) {
      const stream = await t.stream({
        request: { fields: [{ name: 'Accept-Encoding', value: 'gzip, deflate, br' }] },
      })
      await stream.arrives('data: 1\n\n')
      const coding = stream.client.field('content-encoding')
      t.expect(coding === undefined, `the stream has Content-Encoding: ${coding ?? ''}`)
    },
  }),
  forConcentrator({
    id: 'front.odd-paths',
    title: 'The stream is served at every path, with a query and in any spelling',
    level: 'should',
    source: '[protocol §5.1]',
    meaning: 'Clients that add a cache-busting parameter or a final slash get an error.',
    kills: ['plain-paths-only'],
    async run(t) {
      const stream = await t.stream()
      for (const target of ODD_PATHS) {
        const client = t.connect({ target })
        await t.opens(client)
        const data = t.token()
        await stream.arrives(`data: ${data}\n\n`)
        await t.requireEventually(() => client.hasEvent(data), `no event arrived at ${target}`)
        client.close()
      }
    },
  }),
  forConcentrator({
    id: 'front.not-cacheable',
    title: 'The stream forbids caching',
    level: 'should',
    source: '[protocol §5.5]',
    meaning: 'A cache on the path sends old events to new clients, or delays events.',
    kills: ['cacheable-stream'],
    async run(t) {
      const { client } = await t.stream()
      const control = client.field('cache-control') ?? 'missing'
      t.expect(/no-cache|no-store/.test(control), `Cache-Control is ${control}`)
    },
  }),
  forConcentrator({
    id: 'front.options',
    title: 'OPTIONS is answered at once, without a stream',
    level: 'should',
    basis: 'standard',
    source: '[http §9.3.7] [protocol §5.12]',
    meaning: 'Monitors and browsers that send OPTIONS first hang.',
    kills: ['options-hangs'],
    async run(t) {
      const client = t.connect({ method: 'OPTIONS' })
      await t.requireEventually(
        () => client.state === 'complete' || client.closed,
        'the response to OPTIONS did not end',
      )
      const status = client.head?.status ?? 0
      t.expect(status >= 200 && status < 300, `OPTIONS was answered with ${status}`)
      await feeds(t, t.connect())
    },
  }),
  forConcentrator({
    id: 'front.second-request',
    title: 'A stream on the second request of a connection gets events like any other',
    level: 'must',
    basis: 'standard',
    source: '[http/1.1 §9.3]',
    meaning: 'Browsers and fronts reuse connections: after a preflight a stream stays silent.',
    kills: ['ring-second-request-deaf', 'second-request-deaf'],
    async run(t) {
      for (const method of ['HEAD', 'OPTIONS']) {
        const client = t.connect({ method })
        await t.requireEventually(
          () => client.state === 'complete' || client.closed,
          `no complete response to ${method}`,
        )
        // [http/1.1 §9.6] A target may close; the client then opens another connection.
        if (!isPersistent(client)) {
          await feeds(t, t.connect())
          continue
        }
        client.again({ target: t.path() })
        await feeds(t, client)
      }
    },
  }),
]
