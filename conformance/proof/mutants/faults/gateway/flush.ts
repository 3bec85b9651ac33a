import type { RelayFaults } from '../../gateway/relay-faults.ts'
import { fieldValue, type RequestHead, type ResponseHead } from '../../http/head.ts'
import { gzip } from '../../stages/gzip.ts'
import { commentAfter } from '../../stages/comment.ts'
import { holdUntil } from '../../stages/hold.ts'
import { passOn, when } from '../../stages/stage.ts'
import type { Fault } from '../fault.ts'
import { compressing } from '../front/flush.ts'

const isTransformable = (head: ResponseHead): boolean =>
  !/no-transform/i.test(fieldValue(head, 'cache-control') ?? '')

/** Gateway faults that buffer depending on the request or on the back end's response. */
export const GATEWAY_FLUSH_FAULTS: readonly Fault<RelayFaults>[] = [
  buffersIf(
    'exact-ct-match',
    'streams only a Content-Type of exactly text/event-stream',
    (head) => fieldValue(head, 'content-type') !== 'text/event-stream',
  ),
  buffersIf(
    'buffer-unless-x-accel',
    'streams only responses with X-Accel-Buffering: no',
    (head) => fieldValue(head, 'x-accel-buffering') !== 'no',
  ),
  buffersIf(
    'x-accel-misread',
    'buffers responses with X-Accel-Buffering: no',
    (head) => fieldValue(head, 'x-accel-buffering') === 'no',
  ),
  buffersIf(
    'buffers-compressed',
    'buffers content that the back end has compressed',
    (head) => fieldValue(head, 'content-encoding') !== undefined,
  ),
  buffersIf(
    'buffers-other-types',
    'buffers content that is no event stream',
    (head) => !(fieldValue(head, 'content-type') ?? '').includes('event-stream'),
  ),
  {
    name: 'comments-after-10s',
    description: 'adds a comment to a stream after 10 s of silence, wherever it is',
    points: () => ({
      body: when(
        ({ response }) =>
          (fieldValue(response, 'content-type') ?? '').startsWith('text/event-stream'),
        commentAfter(10_000),
      ),
    }),
  },
  buffersFor('buffers-for-browsers', 'buffers for browsers', (request) =>
    (fieldValue(request, 'user-agent') ?? '').startsWith('Mozilla'),
  ),
  buffersFor('buffers-post', 'buffers responses to POST', ({ method }) => method === 'POST'),
  {
    name: 'waits-for-whole-chunks',
    description: 'reads nothing of a chunk before all of it has come',
    points: () => ({ chunks: { whole: true } }),
  },
  {
    name: 'buffers-old-back-end',
    description: 'buffers responses of HTTP/1.0 back ends',
    points: () => ({
      intake: when(
        ({ response }) => response.version === '1.0',
        holdUntil(() => false),
      ),
    }),
  },
  {
    name: 'gzip-window-plain',
    description: 'compresses without flushing after each event, unless no-transform forbids it',
    points: () => {
      const { body = passOn, response } = compressing(gzip('window'))
      return {
        body: when((context) => isTransformable(context.response), body),
        response: (head, request) =>
          isTransformable(head) ? (response?.(head, request) ?? head) : head,
      }
    },
  },
  {
    name: 'adds-notice-plain',
    description: 'adds a comment at the end of streams, unless no-transform forbids it',
    points: () => ({
      body: when(
        ({ response }) => isTransformable(response),
        ({ emit, finish }) => ({
          push: emit,
          end: () => {
            emit(Buffer.from(': served by a gateway\n\n'))
            finish()
          },
        }),
      ),
    }),
  },
  {
    name: 'flush-on-data-only',
    description: 'holds comments until the next data',
    points: () => ({ body: holdUntil(({ newest }) => newest.includes('data')) }),
  },
]

function buffersIf(
  name: string,
  description: string,
  applies: (head: ResponseHead) => boolean,
): Fault<RelayFaults> {
  const body = when(
    ({ response }) => applies(response),
    holdUntil(() => false),
  )
  return { name, description, points: () => ({ body }) }
}

function buffersFor(
  name: string,
  description: string,
  applies: (request: RequestHead) => boolean,
): Fault<RelayFaults> {
  const body = when(
    ({ request }) => applies(request),
    holdUntil(() => false),
  )
  return { name, description, points: () => ({ body }) }
}
