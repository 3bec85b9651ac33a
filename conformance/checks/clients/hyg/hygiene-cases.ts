/** A path that no client asks for: a back end that is asked for it was reached by request smuggling. */
export const CANARY = '/conformance/canary'

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

/** Requests that must be refused, and what is wrong with each. */
export const HYGIENE_CASES: readonly HygieneCase[] = [
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
    name: 'te-twice',
    title: 'Chunked coding that is named twice is refused',
    source: '[http/1.1 §6.1] [http/1.1 §6.3]',
    kills: ['te-contains-chunked'],
    lines: [
      'GET / HTTP/1.1',
      'Host: {host}',
      'Transfer-Encoding: chunked',
      'Transfer-Encoding: chunked',
    ],
    body: '0\r\n\r\n',
  },
  {
    name: 'te-unknown',
    title: 'An unknown transfer coding is refused',
    source: '[http/1.1 §6.1] [http/1.1 §6.3]',
    kills: ['te-contains-chunked'],
    lines: ['GET / HTTP/1.1', 'Host: {host}', 'Transfer-Encoding: xchunked'],
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
  {
    name: 'cl-plus',
    title: 'A length with a sign is refused',
    source: '[http/1.1 §6.3]',
    kills: ['atoi-cl'],
    lines: ['GET / HTTP/1.1', 'Host: {host}', 'Content-Length: +1'],
    body: 'a',
  },
  {
    name: 'version',
    title: 'A request of a major version that is not spoken here is refused',
    source: '[http §2.5] [http §15.6.6]',
    level: 'should',
    kills: ['any-version'],
    lines: ['GET / HTTP/2.0', 'Host: {host}'],
  },
  {
    name: 'request-line',
    title: 'A request line with a space too many is refused',
    source: '[http/1.1 §3]',
    kills: ['lenient-request-line'],
    lines: ['GET / x HTTP/1.1', 'Host: {host}'],
  },
]
