import type { Rig } from '../../rig/rig.ts'
import { forBoth, type StreamCheck } from '../stream-check.ts'
import { servesOrdinaryRequest } from './ordinary-request.ts'

const CANARY = '/conformance/canary'
const HUGE_HEAD_BYTES = 1024 * 1024

interface HygieneCase {
  readonly name: string
  readonly title: string
  readonly source: string
  readonly kills: readonly string[]
  readonly level?: 'must' | 'should' | undefined
  /** Lines of the request, each ended by CRLF; `{host}` is the front's. */
  readonly lines: readonly string[]
  /** What follows the head. */
  readonly body?: string | undefined
}

const chunkedCanary = `0\r\n\r\nGET ${CANARY} HTTP/1.1\r\nHost: canary\r\n\r\n`

const CASES: readonly HygieneCase[] = [
  {
    name: 'no-host',
    title: 'An HTTP/1.1 request without Host is refused',
    source: '[http/1.1 §3.2]',
    kills: ['default-host'],
    lines: ['GET / HTTP/1.1'],
  },
  {
    name: 'two-host',
    title: 'A request with two Host fields is refused',
    source: '[http/1.1 §3.2]',
    kills: ['first-host'],
    lines: ['GET / HTTP/1.1', 'Host: {host}', 'Host: other.example'],
  },
  {
    name: 'bad-host',
    title: 'A Host that is no host is refused',
    source: '[http/1.1 §3.2]',
    kills: ['any-host'],
    lines: ['GET / HTTP/1.1', 'Host: a b/c@d'],
  },
  {
    name: 'space-colon',
    title: 'White space between a field name and its colon is refused',
    source: '[http/1.1 §5.1]',
    kills: ['lenient-colon', 'skips-malformed'],
    lines: ['GET / HTTP/1.1', 'Host: {host}', 'X-Space : 1'],
  },
  {
    name: 'nul',
    title: 'NUL in a field value is refused',
    source: '[http §5.5]',
    kills: ['pass-nul'],
    lines: ['GET / HTTP/1.1', 'Host: {host}', 'X-Nul: a\0b'],
  },
  {
    name: 'bare-cr',
    title: 'A CR without LF is no line end in a head',
    source: '[http/1.1 §2.2]',
    kills: ['cr-as-eol'],
    lines: ['GET / HTTP/1.1', 'Host: {host}', 'X-First: a\rX-Second: b'],
  },
  {
    name: 'te-http10',
    title: 'Transfer-Encoding in an HTTP/1.0 request is refused',
    source: '[http/1.1 §6.1]',
    kills: ['te-on-10'],
    lines: ['GET / HTTP/1.0', 'Host: {host}', 'Transfer-Encoding: chunked'],
    body: '0\r\n\r\n',
  },
  {
    name: 'te-cl',
    title: 'Content-Length beside Transfer-Encoding never hides a second request',
    source: '[http/1.1 §6.1] [http/1.1 §6.3]',
    kills: ['cl-wins'],
    lines: [
      'GET / HTTP/1.1',
      'Host: {host}',
      `Content-Length: ${chunkedCanary.length}`,
      'Transfer-Encoding: chunked',
    ],
    body: chunkedCanary,
  },
  {
    name: 'te-not-final',
    title: 'A transfer coding that does not end with chunked is refused',
    source: '[http/1.1 §6.3]',
    kills: ['te-contains-chunked'],
    lines: ['GET / HTTP/1.1', 'Host: {host}', 'Transfer-Encoding: chunked, gzip'],
    body: '0\r\n\r\n',
  },
  {
    name: 'cl-diff',
    title: 'Two different lengths are refused',
    source: '[http/1.1 §6.3]',
    kills: ['last-cl'],
    lines: ['GET / HTTP/1.1', 'Host: {host}', 'Content-Length: 1', 'Content-Length: 2'],
    body: 'ab',
  },
  {
    name: 'cl-bad',
    title: 'A length that is not a number is refused',
    source: '[http/1.1 §6.3]',
    kills: ['atoi-cl'],
    lines: ['GET / HTTP/1.1', 'Host: {host}', 'Content-Length: 1x'],
    body: 'a',
  },
]

/** The request is answered with an error or a bare close, and nothing of it reaches a back end. */
async function refuses(t: Rig, method: string, request: string): Promise<void> {
  await servesOrdinaryRequest(t)
  const known = t.backend.requests.length
  const { host } = new URL(t.frontUrl)
  const client = t.connect({
    method,
    raw: Buffer.from(request.replaceAll('{host}', host), 'latin1'),
  })
  const passedOn = (): boolean => t.role === 'gateway' && t.backend.requests.length > known
  await t.until(
    () => client.head !== undefined || client.closed || passedOn(),
    'the request was neither refused nor served',
  )
  t.expect(!passedOn(), 'the request was passed on to the back end')
  const { head } = client
  const refused =
    head === undefined ? client.closed && client.violations.length === 0 : head.status >= 400
  t.expect(refused, `the request was answered with ${head?.status ?? 'something that is not HTTP'}`)
  await servesOrdinaryRequest(t)
}

/** What the front makes of requests that are not what they should be. */
export const HYGIENE_CHECKS: readonly StreamCheck[] = [
  ...CASES.map(({ name, title, source, kills, lines, body = '', level = 'must' }) =>
    forBoth({
      id: `hyg.${name}`,
      title,
      level,
      basis: 'standard',
      source,
      meaning:
        'Whoever stands in front may read the same bytes as another request: a way to smuggle.',
      kills,
      run: (t) =>
        refuses(t, lines[0]?.split(' ')[0] ?? 'GET', `${lines.join('\r\n')}\r\n\r\n${body}`),
    }),
  ),
  forBoth({
    id: 'hyg.head-limit',
    title: 'A head of a megabyte is refused',
    level: 'should',
    basis: 'standard',
    source: '[http §5.4] [protocol §5.15]',
    meaning: 'Anybody can fill the memory of the target.',
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
    title: 'A request whose bytes come one by one is served like any other',
    level: 'must',
    basis: 'standard',
    source: '[http/1.1 §2.2]',
    meaning: 'Whether a client is served depends on where its packets end.',
    kills: ['whole-head-in-one-read'],
    async run(t) {
      await servesOrdinaryRequest(t)
      const { host } = new URL(t.frontUrl)
      const request = `GET /conformance/${t.token()} HTTP/1.1\r\nHost: ${host}\r\n\r\n`
      const client = t.connect({ raw: Buffer.from(request.slice(0, 1)) })
      await t.until(() => client.connected, 'the front did not accept the connection')
      for (const char of request.slice(1)) {
        client.send(Buffer.from(char))
        await t.pause()
      }
      await t.until(
        () =>
          client.head !== undefined ||
          client.closed ||
          t.backend.requests.some(({ answered }) => !answered),
        'a request in pieces was not served',
      )
      for (const upstream of t.backend.requests) {
        if (!upstream.answered) upstream.answer({ fields: [], framing: { length: 0 } })
      }
      await t.until(
        () => client.head !== undefined || client.closed,
        'a request in pieces was not answered',
      )
      t.expect(
        client.head?.status === 200,
        `a request in pieces was answered with ${client.head?.status ?? 'a close'}`,
      )
    },
  }),
  forBoth({
    id: 'hyg.after-stream',
    title: 'What a client sends while its stream is open is not answered into the stream',
    level: 'must',
    basis: 'standard',
    source: '[http/1.1 §9.3.2]',
    meaning: 'Answers stand in the middle of a stream and break it.',
    kills: ['answers-meanwhile'],
    async run(t) {
      const stream = await t.stream()
      await stream.paces('data: before\n\n')
      stream.client.send(Buffer.from(`GET ${CANARY} HTTP/1.1\r\nHost: canary\r\n\r\n`))
      await t.pause()
      stream.write('data: after\n\n')
      if (t.role === 'gateway') stream.upstream.end()
      await t.until(
        () => stream.received.length >= 2 || stream.client.closed,
        'the stream went silent',
      )
      t.expect(stream.client.violations.length === 0, stream.client.violations.join('; '))
      const came = stream.received.map(({ data }) => data.toString())
      // [http/1.1 §9.3] A target may close such a connection; it must not mix two answers.
      t.expect(
        stream.client.closed || came.join() === 'before,after',
        `the client read ${came.join()}`,
      )
    },
  }),
]
