import type { RelayFaults } from '../../gateway/relay-faults.ts'
import { withField, withoutFields, type RequestHead } from '../../http/head.ts'
import type { Fault } from '../fault.ts'

const EMPTY = Buffer.alloc(0)
const UNRESERVED = /^[\w.~-]$/
const TRAILER = /^(?:X-Check|Authorization): /

/** Faults in the line and the content of a request on its way to the back end. */
export const GATEWAY_REQUEST_FAULTS: readonly Fault<RelayFaults>[] = [
  targeting(
    'lowercases-path',
    'writes paths in lower case',
    ({ path, query }) => `${path.toLowerCase()}${query}`,
  ),
  targeting(
    'cuts-path-parameters',
    'cuts a path at its first semicolon',
    ({ path, query }) => `${path.split(';')[0]}${query}`,
  ),
  targeting(
    'decodes-path',
    'forwards paths decoded',
    ({ path, query }) =>
      `${path.replaceAll(/%([\da-f]{2})/gi, (_, hex: string) => byteOf(hex)).replaceAll(' ', '+')}${query}`,
  ),
  targeting(
    'decodes-slash',
    'decodes an encoded slash',
    ({ path, query }) => `${path.replaceAll(/%2f/gi, '/')}${query}`,
  ),
  targeting(
    'escapes-quotes',
    'encodes apostrophes',
    ({ path, query }) => `${path.replaceAll("'", '%27')}${query}`,
  ),
  targeting(
    'merges-slashes',
    'merges slashes',
    ({ path, query }) => `${path.replaceAll(/\/+/g, '/')}${query}`,
  ),
  targeting(
    'normalises-encoding',
    'writes percent-encoding in its normal form',
    ({ path, query }) =>
      `${path.replaceAll(/%[\da-f]{2}/gi, (code) => (UNRESERVED.test(byteOf(code.slice(1))) ? byteOf(code.slice(1)) : code.toUpperCase()))}${query}`,
  ),
  targeting('resolves-dots', 'resolves dot segments', ({ path, query }) =>
    path.startsWith('/') ? `${new URL(`http://gateway${path}`).pathname}${query}` : path,
  ),
  targeting(
    'strips-trailing-slash',
    'removes the slash at the end of a path',
    ({ path, query }) => `${path.length > 1 ? path.replace(/\/$/, '') : path}${query}`,
  ),
  targeting('asterisk-as-path', 'forwards the target * as a path', ({ path, query }) =>
    path === '*' ? '/*' : `${path}${query}`,
  ),
  targeting('sorts-query', 'sorts the parameters of a query', ({ path, query }) =>
    query === '' ? path : `${path}?${query.slice(1).split('&').toSorted().join('&')}`,
  ),
  targeting('drops-query', 'drops the query', ({ path }) => path),
  targeting('recodes-query', 'decodes and encodes the parameters of a query', ({ path, query }) =>
    query === '' ? path : `${path}?${new URLSearchParams(query).toString()}`,
  ),
  targeting('tidies-query', 'drops empty parameters of a query', ({ path, query }) => {
    const items = query.slice(1).split(/[&;]/).filter(Boolean)
    return items.length === 0 ? path : `${path}?${items.join('&')}`
  }),
  targeting('truncates-target-2k', 'truncates request targets at 2 KiB', ({ path, query }) =>
    `${path}${query}`.slice(0, 2048),
  ),
  {
    name: 'post-as-get',
    description: 'forwards every POST as GET',
    points: () => ({ request: (head) => (head.method === 'POST' ? asGet(head) : head) }),
  },
  {
    name: 'other-method-as-get',
    description: 'forwards methods that it does not know as GET',
    points: () => ({
      request: (head) =>
        /^(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)$/.test(head.method) ? head : asGet(head),
    }),
  },
  {
    name: 'mirrors-requests',
    description: 'sends each request without content to the back end twice',
    points: () => ({
      request: (head) => withField(withoutFields(head, 'Content-Length'), 'Content-Length', '0'),
      requestPiece: () => EMPTY,
      copies: 2,
    }),
  },
  {
    name: 'lf-request-head',
    description: 'ends the lines of request heads with LF',
    points: () => ({ requestText: (text) => text.replaceAll('\r\n', '\n') }),
  },
  {
    name: 'trusts-host-of-absolute',
    description: 'forwards Host although the request target has another host',
    points: () => ({ hostOfField: true }),
  },
  {
    name: 'absolute-as-path',
    description: 'forwards a whole URL as a path',
    points: () => ({ wholeUrl: (url) => `/${url}` }),
  },
  {
    name: 'absolute-without-slash',
    description: 'forwards a whole URL without its host, also when no path follows',
    points: () => ({ wholeUrl: (_url, rest) => rest }),
  },
  {
    name: 'upper-case-methods',
    description: 'forwards methods in upper case',
    points: () => ({ request: (head) => ({ ...head, method: head.method.toUpperCase() }) }),
  },
  {
    name: 'repeats-failed-posts',
    description: 'sends a POST request again, without content, that was answered with 503',
    points: () => ({
      follow: (request, response, nth) =>
        nth === 1 && request.method === 'POST' && response?.status === 503
          ? withoutFields(request, 'Content-Length')
          : undefined,
    }),
  },
  {
    name: 'repeats-without-content',
    description: 'sends a PUT request again, without content, when the back end has ended',
    points: () => ({
      follow: (request, response, nth) =>
        nth === 1 && request.method === 'PUT' && response === undefined
          ? withoutFields(request, 'Content-Length')
          : undefined,
    }),
  },
  {
    name: 'request-content-as-text',
    description: 'decodes the content of requests as UTF-8',
    points: () => ({ requestPiece: (piece) => Buffer.from(piece.toString('ascii')) }),
  },
  {
    name: 'caps-request-content',
    description: 'forwards 256 KiB of the content of a request',
    points: () => {
      let left = 256 * 1024
      return {
        requestPiece: (piece, nth) => {
          if (nth === 1) left = 256 * 1024
          const kept = piece.subarray(0, left)
          left -= kept.length
          return kept
        },
      }
    },
  },
  {
    name: 'drops-chunked-content',
    description: 'forwards chunked requests without content',
    points: () => ({
      request: (head) => withoutFields(head, 'Transfer-Encoding'),
      heads: { framing: ({ fields }) => (isChunked(fields) ? { kind: 'none' } : undefined) },
    }),
  },
  {
    name: 'first-piece-only',
    description: 'forwards the content of a request that comes with its first packet',
    points: () => ({ requestPiece: (piece, nth) => (nth === 1 ? piece : EMPTY) }),
  },
  {
    name: 'ignore-get-body',
    description: 'parses the content of a GET request as the next request',
    points: () => ({
      heads: { framing: ({ method }) => (method === 'GET' ? { kind: 'none' } : undefined) },
      request: (head) => (head.method === 'GET' ? withoutFields(head, 'Content-Length') : head),
    }),
  },
  droppingContent('drops-delete-content', 'DELETE'),
  droppingContent('drops-get-content', 'GET'),
  {
    name: 'trailers-as-content',
    description: 'appends the trailers of a request to its content',
    points: () => ({ heads: { chunks: { keepsTrailers: true } } }),
  },
  {
    name: 'merges-trailers',
    description: 'adds the trailers of a request to its head',
    points: () => {
      const trailers: string[] = []
      return {
        heads: { chunks: { keepsTrailers: true } },
        holdsRequest: true,
        requestPiece: (piece) => {
          const text = piece.toString('latin1')
          if (!TRAILER.test(text)) return piece
          trailers.push(text)
          return EMPTY
        },
        heldRequest: (bytes) => {
          const [line = '', ...rest] = bytes.toString('latin1').split('\r\n')
          const merged = [line, ...trailers.splice(0), ...rest].join('\r\n')
          return Buffer.from(merged, 'latin1')
        },
      }
    },
  },
  {
    name: 'ignores-expect',
    description: 'does not answer Expect: 100-continue',
    points: () => ({ ignoresExpect: true }),
  },
  {
    name: 'uploads-before-response',
    description: 'reads no response before the content of the request is whole',
    points: () => ({ uploadsFirst: true }),
  },
  {
    name: 'uploads-at-most-8s',
    description: 'ends a request whose content takes more than 8 s',
    points: () => ({ uploadMs: 8000 }),
  },
  {
    name: 'keeps-max-forwards',
    description: 'forwards Max-Forwards as it is',
    points: () => ({ keepsMaxForwards: true }),
  },
  {
    name: 'retries-post',
    description: 'sends a request again when no response comes, whatever its method is',
    points: () => ({
      follow: (request, response, nth) =>
        response === undefined && nth === 1
          ? withField(withoutFields(request, 'Content-Length'), 'Connection', 'close')
          : undefined,
    }),
  },
]

interface Target {
  readonly path: string
  /** With its question mark; empty when there is none. */
  readonly query: string
}

function targeting(
  name: string,
  description: string,
  edit: (target: Target) => string,
): Fault<RelayFaults> {
  const request = (head: RequestHead): RequestHead => {
    const at = head.target.indexOf('?')
    const path = at < 0 ? head.target : head.target.slice(0, at)
    return { ...head, target: edit({ path, query: head.target.slice(path.length) }) }
  }
  return { name, description, points: () => ({ request }) }
}

function droppingContent(name: string, method: string): Fault<RelayFaults> {
  const points = (): RelayFaults => {
    let isDropped = false
    return {
      request: (head) => {
        isDropped = head.method === method
        return isDropped ? withoutFields(head, 'Content-Length') : head
      },
      requestPiece: (piece) => (isDropped ? EMPTY : piece),
    }
  }
  return { name, description: `drops the content of ${method} requests`, points }
}

function byteOf(hex: string): string {
  return String.fromCodePoint(Number.parseInt(hex, 16))
}

function asGet(head: RequestHead): RequestHead {
  return { ...head, method: 'GET' }
}

function isChunked(fields: RequestHead['fields']): boolean {
  return fields.some(([name]) => name.toLowerCase() === 'transfer-encoding')
}
