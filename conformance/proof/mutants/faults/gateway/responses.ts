import { gzipSync } from 'node:zlib'

import type { RelayFaults } from '../../gateway/relay-faults.ts'
import {
  fieldValue,
  parseResponseHead,
  withField,
  withoutFields,
  type ResponseHead,
} from '../../http/head.ts'
import { mapPieces, when, type StageFactory } from '../../stages/stage.ts'
import { mapText } from '../../stages/text.ts'
import type { Fault } from '../fault.ts'
import { compressEachEvent } from './compress-each-event.ts'

const PAGE = 'Something went wrong.'
const neverEnds: StageFactory = ({ emit }) => ({ push: emit, end: () => {} })
const isLong304 = (head: ResponseHead): boolean =>
  head.status === 304 && fieldValue(head, 'content-length') !== undefined
const isError = ({ response: { status } }: { readonly response: ResponseHead }): boolean =>
  status >= 400

/** Faults in the status and the content of a response on its way to the client. */
export const GATEWAY_RESPONSE_FAULTS: readonly Fault<RelayFaults>[] = [
  mapping('success-as-200', 'answers 200 for every success', (status) =>
    status > 200 && status < 300 && status !== 204 ? 200 : status,
  ),
  mapping('errors-as-200', 'answers 200 for 406', (status) => (status === 406 ? 200 : status)),
  mapping('not-found-as-404-only', 'answers 404 for 410', (status) =>
    status === 410 ? 404 : status,
  ),
  mapping('maps-5xx-to-502', 'answers 502 for every server error', (status) =>
    status >= 500 ? 502 : status,
  ),
  mapping('known-statuses-only', 'answers 500 for a status that it does not know', (status) =>
    [299, 418, 451, 499, 599].includes(status) ? 500 : status,
  ),
  mapping('redirects-as-302', 'answers 302 for every redirect', (status) =>
    [301, 303, 307, 308].includes(status) ? 302 : status,
  ),
  mapping('partial-as-200', 'answers 200 for 206', (status) => (status === 206 ? 200 : status)),
  {
    name: 'head-length-0',
    description: 'answers HEAD with Content-Length: 0',
    points: () => ({
      response: (head, { method }) =>
        method === 'HEAD' ? withField(head, 'Content-Length', '0') : head,
    }),
  },
  {
    name: 'waits-for-304-content',
    description: 'waits for the content that Content-Length of a 304 response announces',
    points: () => ({
      holdsHead: (_request, head) => isLong304(head),
      intake: when(({ response }) => isLong304(response), neverEnds),
    }),
  },
  {
    name: 'continue-as-200',
    description: 'takes an unasked 100 Continue for a response with 200',
    points: () => ({
      responseHead: (text) =>
        parseResponseHead(text.replace(/^HTTP\/1\.1 100 .*/, 'HTTP/1.1 200 OK')),
    }),
  },
  {
    name: 'intercepts-errors',
    description: 'replaces the content of errors by a page of its own',
    points: () => ({
      response: (head) =>
        isError({ response: head })
          ? withField(
              withField(head, 'Content-Type', 'text/html'),
              'Content-Length',
              `${PAGE.length}`,
            )
          : head,
      body: when(
        isError,
        mapPieces(() => Buffer.from(PAGE)),
      ),
    }),
  },
  {
    name: 'follows-redirects',
    description: 'follows redirects to paths',
    points: () => ({
      follow: (request, response, nth) => {
        const target = response === undefined ? undefined : fieldValue(response, 'location')
        const follows = response?.status === 307 && target?.startsWith('/') === true && nth < 3
        return follows && target !== undefined ? { ...request, target } : undefined
      },
    }),
  },
  {
    name: 'no-content-as-200',
    description: 'answers 200 without content for 204',
    points: () => ({
      response: (head) =>
        head.status === 204 ? withField({ ...head, status: 200 }, 'Content-Length', '0') : head,
    }),
  },
  {
    name: 'chunks-no-content',
    description: 'sends 204 with Transfer-Encoding',
    points: () => ({
      response: (head) =>
        head.status === 204 ? withField(head, 'Transfer-Encoding', 'chunked') : head,
    }),
  },
  {
    name: 'strips-conditionals',
    description: 'does not forward If-None-Match',
    points: () => ({ request: (head) => withoutFields(head, 'If-None-Match') }),
  },
  {
    name: 'drops-304-etag',
    description: 'sends 304 without ETag',
    points: () => ({
      response: (head) => (head.status === 304 ? withoutFields(head, 'ETag') : head),
    }),
  },
  {
    name: 'content-after-304',
    description: 'sends content after 304',
    points: () => ({
      afterHead: (_request, { status }) => (status === 304 ? 'not modified' : undefined),
    }),
  },
  {
    name: 'head-with-body',
    description: 'sends content after the head of a response to HEAD',
    points: () => ({ afterHead: ({ method }) => (method === 'HEAD' ? '12345' : undefined) }),
  },
  {
    name: 'error-page-to-head',
    description: 'sends a page with its own errors, also in reply to HEAD',
    points: () => ({
      afterHead: ({ method }, { status }) =>
        method === 'HEAD' && status >= 500 ? '<h1>Bad Gateway</h1>' : undefined,
    }),
  },
  {
    name: 'keeps-etag-when-compressing',
    description: 'compresses for clients that offer gzip, and keeps a strong ETag',
    points: () =>
      compressEachEvent((head) => {
        const etag = fieldValue(head, 'etag')
        return etag === undefined ? head : withField(head, 'ETag', etag.replace(/^W\//, ''))
      }),
  },
  {
    name: 'waits-after-304',
    description: 'waits for content after a 304 response that has a length',
    points: () => ({ waitsAfter304: true }),
  },
  {
    name: 'last-chunk-after-head',
    description: 'sends a last chunk after the head of a response to HEAD that has no length',
    points: () => ({
      afterHead: ({ method }, { fields }) =>
        method === 'HEAD' && !fields.some(([name]) => name === 'Content-Length')
          ? '0\r\n\r\n'
          : undefined,
    }),
  },
  {
    name: 'waits-for-head-content',
    description: 'waits for content after a response to HEAD',
    points: () => ({ waitsForContent: true, holdsHead: ({ method }) => method === 'HEAD' }),
  },
  {
    name: 'blind-status-line',
    description: "sends the back end's HTTP version",
    points: () => ({
      statusLine: ({ version = '1.1', status, reason }) => `HTTP/${version} ${status} ${reason}`,
    }),
  },
  {
    name: 'content-as-text',
    description: 'decodes content as ASCII',
    points: () => ({
      body: mapText((text) => Buffer.from(text, 'latin1').toString('ascii')),
    }),
  },
  {
    name: 'body-cap-1m',
    description: 'truncates content at 1 MiB',
    points: () => ({
      body: ({ emit, fail }) => {
        let left = 1024 * 1024
        return {
          push: (bytes) => {
            emit(bytes.subarray(0, left))
            left -= Math.min(left, bytes.length)
            if (left === 0) fail()
          },
        }
      },
    }),
  },
  {
    name: 'encodes-twice',
    description: 'compresses content that is compressed already',
    points: () => ({
      response: (head) =>
        fieldValue(head, 'content-encoding') === undefined
          ? head
          : withoutFields(withField(head, 'Connection', 'close'), 'Content-Length'),
      body: when(
        ({ response }) => fieldValue(response, 'content-encoding') !== undefined,
        mapPieces((bytes) => gzipSync(bytes)),
      ),
    }),
  },
  {
    name: 'drops-content-encoding',
    description: 'does not forward Content-Encoding',
    points: () => ({ response: (head) => withoutFields(head, 'Content-Encoding') }),
  },
  {
    name: 'offers-gzip-itself',
    description: 'offers gzip to the back end for every client',
    points: () => ({ request: (head) => withField(head, 'Accept-Encoding', 'gzip') }),
  },
  {
    name: 'interim-as-final',
    description: 'takes an interim response for the final one',
    points: () => ({ interim: () => 'final' }),
  },
  {
    name: 'stuck-after-interims',
    description: 'reads nothing more after 100 interim responses',
    points: () => ({ mostInterim: 100 }),
  },
  {
    name: 'interim-to-http10',
    description: 'forwards interim responses to HTTP/1.0 clients',
    points: () => ({ interim: () => 'forward' }),
  },
  {
    name: 'answers-options',
    description: 'answers OPTIONS itself',
    points: () => ({ canned: ({ method }) => (method === 'OPTIONS' ? '' : undefined) }),
  },
]

function mapping(
  name: string,
  description: string,
  edit: (status: number) => number,
): Fault<RelayFaults> {
  return {
    name,
    description,
    points: () => ({ response: (head) => ({ ...head, status: edit(head.status) }) }),
  }
}
