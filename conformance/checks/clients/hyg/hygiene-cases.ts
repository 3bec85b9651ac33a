/** More than any server accepts as a request head. */
export const HUGE_HEAD_BYTES = 1024 * 1024

/** No client requests this path. A back end that receives it was reached by request smuggling. */
export const CANARY = '/conformance/canary'

interface HygieneCase {
  readonly name: string
  readonly title: string
  readonly source: string
  readonly kills: readonly string[]
  readonly level?: 'must' | 'should' | 'info' | undefined
  /** Lines of the request, each ended by CRLF; `{host}` is the front's. */
  readonly lines: readonly string[]
  /**
   * True: a gateway may process it by Transfer-Encoding alone, if it closes the connection
   * afterwards [http/1.1 §6.1].
   */
  readonly mayClose?: boolean | undefined
  /** Bytes after the head. */
  readonly body?: string | undefined
}

const chunkedCanary = `0\r\n\r\nGET ${CANARY} HTTP/1.1\r\nHost: canary\r\n\r\n`

/** Requests that the front must refuse, with the fault of each. */
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
    kills: ['first-host', 'http-lenient'],
    lines: ['GET / HTTP/1.1', 'Host: {host}', 'Host: other.example'],
  },
  {
    name: 'bad-host',
    title: 'An HTTP request with an invalid Host is refused',
    source: '[http/1.1 §3.2]',
    kills: ['any-host'],
    lines: ['GET / HTTP/1.1', 'Host: a b/c@d'],
  },
  {
    name: 'space-colon',
    title: 'A request with white space between a field name and its colon is refused',
    source: '[http/1.1 §5.1]',
    kills: ['lenient-colon', 'skips-malformed'],
    lines: ['GET / HTTP/1.1', 'Host: {host}', 'X-Space : 1'],
  },
  {
    name: 'nul',
    title: 'A request with NUL in a field value is refused',
    source: '[http §5.5]',
    kills: ['pass-nul'],
    lines: ['GET / HTTP/1.1', 'Host: {host}', 'X-Nul: a\0b'],
  },
  {
    name: 'bare-cr',
    title: 'A bare CR in a request head is not a line end',
    source: '[http/1.1 §2.2]',
    kills: ['cr-as-eol'],
    lines: ['GET / HTTP/1.1', 'Host: {host}', 'X-First: a\rX-Second: b'],
  },
  {
    name: 'te-http10',
    title: 'Transfer-Encoding in an HTTP/1.0 request is refused, or the connection ends after it',
    source: '[http/1.1 §6.1]',
    kills: ['te-on-10'],
    mayClose: true,
    lines: [
      'GET / HTTP/1.0',
      'Host: {host}',
      'Connection: keep-alive',
      'Transfer-Encoding: chunked',
    ],
    body: '0\r\n\r\n',
  },
  {
    name: 'te-cl',
    title: 'Content-Length beside Transfer-Encoding never hides a second request',
    source: '[http/1.1 §6.1] [http/1.1 §6.3]',
    kills: ['cl-wins', 'te-cl-keeps'],
    mayClose: true,
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
    title: 'A request whose transfer coding does not end with chunked is refused',
    source: '[http/1.1 §6.3]',
    kills: ['te-contains-chunked'],
    lines: ['GET / HTTP/1.1', 'Host: {host}', 'Transfer-Encoding: chunked, gzip'],
    body: '0\r\n\r\n',
  },
  {
    name: 'te-twice',
    title: 'A request that names chunked coding twice is refused',
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
    title: 'A request with an unknown transfer coding is refused',
    source: '[http/1.1 §6.1] [http/1.1 §6.3]',
    kills: ['te-contains-chunked'],
    lines: ['GET / HTTP/1.1', 'Host: {host}', 'Transfer-Encoding: xchunked'],
    body: '0\r\n\r\n',
  },
  {
    name: 'cl-diff',
    title: 'A request with two different Content-Length values is refused',
    source: '[http/1.1 §6.3]',
    kills: ['last-cl'],
    lines: ['GET / HTTP/1.1', 'Host: {host}', 'Content-Length: 1', 'Content-Length: 2'],
    body: 'ab',
  },
  {
    name: 'cl-bad',
    title: 'A Content-Length that is not a number is refused',
    source: '[http/1.1 §6.3]',
    kills: ['atoi-cl'],
    lines: ['GET / HTTP/1.1', 'Host: {host}', 'Content-Length: 1x'],
    body: 'a',
  },
  {
    name: 'cl-plus',
    title: 'A Content-Length with a sign is refused',
    source: '[http/1.1 §6.3]',
    kills: ['atoi-cl'],
    lines: ['GET / HTTP/1.1', 'Host: {host}', 'Content-Length: +1'],
    body: 'a',
  },
  {
    name: 'version',
    title: 'Whether a request with an unsupported major HTTP version is refused',
    source: '[http §2.5] [http §15.6.6]',
    // "A server can send a 505 response if it wishes": it need not.
    level: 'info',
    kills: ['any-version'],
    lines: ['GET / HTTP/2.0', 'Host: {host}'],
  },
  {
    name: 'request-line',
    title: 'A request line with an extra space is refused',
    source: '[http/1.1 §3]',
    level: 'should',
    kills: ['lenient-request-line'],
    lines: ['GET / x HTTP/1.1', 'Host: {host}'],
  },
]
