import type { ConcentratorFaults } from '../../concentrator/concentrator-faults.ts'
import {
  fieldValue,
  withField,
  withoutFields,
  type RequestHead,
  type ResponseHead,
} from '../../http/head.ts'
import { gzip } from '../../stages/gzip.ts'
import type { StageFactory } from '../../stages/stage.ts'
import { delay } from '../../stages/time.ts'
import { compressing } from '../front/flush.ts'
import type { Fault } from '../fault.ts'

const MS_PER_GONE_CLIENT = 0.1

/** Faults towards clients. */
export const CLIENT_FAULTS: readonly Fault<ConcentratorFaults>[] = [
  {
    name: 'beats-to-first-only',
    description: 'sends heartbeats only to the client that came first',
    points: () => ({ member: { beats: 'to-first-only' } }),
  },
  {
    name: 'beats-until-one-leaves',
    description: 'sends no heartbeat after a client has left',
    points: () => ({ member: { beats: 'until-one-leaves' } }),
  },
  {
    name: 'head-takes-place',
    description: 'counts each request with HEAD as a client for ever',
    points: () => ({ member: { headTakesPlace: true } }),
  },
  {
    name: 'one-client-each',
    description: 'sends each event to one client in turn',
    points: () => {
      let members = 0
      let frames = 0
      let lastId = ''
      return {
        member: {
          delivers: ({ id }, { nth }) => {
            members = Math.max(members, nth)
            if (id !== lastId) frames += 1
            lastId = id
            return nth % members === frames % members
          },
        },
      }
    },
  },
  {
    name: 'first-client-only',
    description: 'sends events to the first client only',
    points: () => ({ member: { delivers: (_frame, { nth }) => nth === 1 } }),
  },
  {
    name: 'skips-third-client',
    description: 'sends nothing to every third client',
    points: () => ({ member: { delivers: (_frame, { nth }) => nth % 3 !== 0 } }),
  },
  {
    name: 'late-joiner-deaf',
    description: 'sends nothing to clients that connect after the first event',
    points: () => ({ member: { delivers: (_frame, { joinedAfter }) => joinedAfter === 0 } }),
  },
  {
    name: 'no-heartbeat',
    description: 'sends no heartbeats',
    points: () => ({ member: { heartbeatMs: 86_400_000 } }),
  },
  {
    name: 'one-heartbeat',
    description: 'sends one heartbeat and then none',
    points: () => ({ member: { heartbeats: 1 } }),
  },
  {
    name: 'joins-late',
    description: 'subscribes a client 40 ms after its response head',
    points: () => ({ member: { joinsAfterMs: 40 } }),
  },
  {
    name: 'second-request-deaf',
    description: 'sends no events to a stream on a later request of a connection',
    points: () => ({ member: { secondRequestDeaf: true } }),
  },
  {
    name: 'serves-gone-clients',
    description: 'gets slower with every client that leaves',
    points: () => {
      let gone = 0
      return {
        client: (nth, open) => {
          gone = nth - open
          return 'serve'
        },
        // It only waits: processor time would slow down the other targets in this process, too.
        backend: { intake: delay(() => gone * MS_PER_GONE_CLIENT) },
      }
    },
  },
  {
    name: 'three-heartbeats',
    description: 'sends three heartbeats and then none',
    points: () => ({ member: { heartbeats: 3 } }),
  },
  {
    name: 'heartbeat-resets-id',
    description: 'sends an empty id with its heartbeats',
    points: () => ({ member: { heartbeat: 'id:\n\n' } }),
  },
  {
    name: 'heartbeat-as-event',
    description: 'sends events as heartbeats',
    points: () => ({ member: { heartbeat: 'data: alive\n\n' } }),
  },
  {
    name: 'heartbeat-inside-frame',
    description: 'inserts a comment in the middle of every fifth piece',
    points: () => ({ body: interrupting(5) }),
  },
  {
    name: 'waits-for-slowest',
    description: 'waits for the slowest client before it sends more',
    points: () => ({ member: { slow: 'wait' } }),
  },
  {
    name: 'drops-when-slow',
    description: 'drops new events while a client has unread bytes',
    points: () => ({ member: { dropsWhenSlow: true } }),
  },
  {
    name: 'keeps-stalled',
    description: 'never disconnects clients that stop reading',
    points: () => ({ limits: { stallMs: 86_400_000 } }),
  },
  {
    name: 'reset-ends-all',
    description: 'ends every stream when a client resets its connection',
    points: () => ({ member: { resetEndsAll: true } }),
  },
  {
    name: 'takes-more-than-claimed',
    description: 'serves more clients than its claimed limit',
    points: () => ({ member: { whenFull: 'serve' } }),
  },
  {
    name: 'ends-oldest-when-full',
    description: 'disconnects the oldest client for a client over the limit',
    points: () => ({ member: { whenFull: 'end-oldest' } }),
  },
  {
    name: 'ignores-the-surplus',
    description: 'accepts connections over its limit of 20 and never answers on them',
    points: () => ({ client: (_nth, open) => (open > 20 ? 'ignore' : 'serve') }),
  },
  answering(
    'plain-paths-only',
    'answers 404 to paths with characters other than letters',
    ({ target }) => (/^\/[\w/-]*$/.test(target) ? undefined : status(404, 'Not Found')),
  ),
  answering('options-hangs', 'answers OPTIONS with the stream', ({ method }) =>
    method === 'OPTIONS' ? 'stream' : undefined,
  ),
  answering('root-path-only', 'answers 404 beside /', ({ target }) =>
    target === '/' ? 'stream' : status(404, 'Not Found'),
  ),
  answering('only-sse', 'answers 404 beside /sse', ({ target }) =>
    target === '/sse' ? 'stream' : status(404, 'Not Found'),
  ),
  answering('path-sse-404', 'answers 404 to /sse', ({ target }) =>
    target === '/sse' ? status(404, 'Not Found') : undefined,
  ),
  answering('demands-login', 'answers 401 without credentials', (request) =>
    fieldValue(request, 'authorization') === undefined ? status(401, 'Unauthorized') : undefined,
  ),
  answering('needs-accept', 'answers 406 unless Accept names text/event-stream', (request) =>
    fieldValue(request, 'accept')?.includes('text/event-stream') === true
      ? undefined
      : status(406, 'Not Acceptable'),
  ),
  answering('any-method', 'answers every method with the stream', ({ method }) =>
    method === 'HEAD' ? undefined : 'stream',
  ),
  answering('methods-404', 'answers 404 to other methods', ({ method }) =>
    method === 'GET' ? 'stream' : status(404, 'Not Found'),
  ),
  answering('bare-405', 'answers 405 without Allow', ({ method }) =>
    ['GET', 'HEAD', 'OPTIONS'].includes(method) ? undefined : status(405, 'Method Not Allowed'),
  ),
  answering('head-405', 'refuses HEAD', ({ method }) =>
    method === 'HEAD' ? status(405, 'Method Not Allowed') : undefined,
  ),
  answering('head-hangs', 'answers HEAD with the stream', ({ method }) =>
    method === 'HEAD' ? 'stream' : undefined,
  ),
  {
    name: 'charset-latin1',
    description: 'labels streams as latin1',
    points: () => ({
      response: (head) => withField(head, 'Content-Type', 'text/event-stream; charset=iso-8859-1'),
    }),
  },
  {
    name: 'challenges-anyway',
    description: 'sends the stream together with a challenge for credentials',
    points: () => ({
      response: (head) => withField(head, 'WWW-Authenticate', 'Basic realm="events"'),
    }),
  },
  {
    name: 'cacheable-stream',
    description: 'allows caches to store the stream',
    points: () => ({ response: (head) => withField(head, 'Cache-Control', 'public, max-age=60') }),
  },
  {
    name: 'no-date',
    description: 'sends no Date',
    points: () => ({ response: (head) => withoutFields(head, 'Date') }),
  },
  {
    name: 'head-with-body',
    description: 'sends content after the head of an answer to HEAD',
    points: () => ({
      afterHead: ({ method }) => (method === 'HEAD' ? '0\r\n\r\n' : undefined),
    }),
  },
  {
    name: 'error-without-end',
    description: 'sends other responses than streams without a visible end',
    points: () => ({
      // The check may wait longer than the usual time for the next request.
      heads: { timeoutMs: 600_000 },
      response: (head) =>
        head.status < 400 ? head : withoutFields(head, 'Content-Length', 'Connection'),
    }),
  },
  {
    name: 'head-after-3s',
    description: 'sends heads 3 s late',
    points: () => ({ headDelayMs: 3000, member: { earlyId: false } }),
  },
  {
    name: 'compresses',
    description: 'compresses for clients that offer gzip, each event at once',
    points: () => compressing(gzip('each')),
  },
]

function answering(
  name: string,
  description: string,
  answer: (request: RequestHead) => ResponseHead | 'stream' | undefined,
): Fault<ConcentratorFaults> {
  return { name, description, points: () => ({ member: { answer } }) }
}

function interrupting(every: number): StageFactory {
  return ({ emit }) => {
    let pieces = 0
    return {
      push: (bytes) => {
        pieces += 1
        const middle = pieces % every === 0 ? Math.floor(bytes.length / 2) : bytes.length
        emit(bytes.subarray(0, middle))
        if (middle < bytes.length) emit(Buffer.concat([Buffer.from(':\n'), bytes.subarray(middle)]))
      },
    }
  }
}

function status(code: number, reason: string): ResponseHead {
  return { status: code, reason, fields: [['Content-Length', '0']] }
}
