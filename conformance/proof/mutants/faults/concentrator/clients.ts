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
import { compressing } from '../front/flush.ts'
import type { Fault } from '../fault.ts'

/** Ways to treat clients wrongly. */
export const CLIENT_FAULTS: readonly Fault<ConcentratorFaults>[] = [
  {
    name: 'one-client-each',
    description: 'gives each event to one of its clients, in turn',
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
    description: 'gives events to the first client that ever came',
    points: () => ({ member: { delivers: (_frame, { nth }) => nth === 1 } }),
  },
  {
    name: 'skips-third-client',
    description: 'gives nothing to each third client',
    points: () => ({ member: { delivers: (_frame, { nth }) => nth % 3 !== 0 } }),
  },
  {
    name: 'late-joiner-deaf',
    description: 'gives nothing to clients that come after the first event',
    points: () => ({ member: { delivers: (_frame, { joinedAfter }) => joinedAfter === 0 } }),
  },
  {
    name: 'no-heartbeat',
    description: 'says nothing while nothing happens',
    points: () => ({ member: { heartbeatMs: 86_400_000 } }),
  },
  {
    name: 'heartbeat-as-event',
    description: 'says by an event that it is alive',
    points: () => ({ member: { heartbeat: 'data: alive\n\n' } }),
  },
  {
    name: 'heartbeat-inside-frame',
    description: 'puts a comment into the middle of each fifth piece',
    points: () => ({ body: interrupting(5) }),
  },
  {
    name: 'waits-for-slowest',
    description: 'waits for the slowest client before it sends more',
    points: () => ({ member: { slow: 'wait' } }),
  },
  {
    name: 'drops-when-slow',
    description: 'drops what comes while a client has not taken all',
    points: () => ({ member: { dropsWhenSlow: true } }),
  },
  {
    name: 'keeps-stalled',
    description: 'keeps clients that take nothing',
    points: () => ({ limits: { stallMs: 86_400_000 } }),
  },
  {
    name: 'reset-ends-all',
    description: 'ends every stream when a client resets its connection',
    points: () => ({ member: { resetEndsAll: true } }),
  },
  {
    name: 'takes-more-than-claimed',
    description: 'serves everybody, whatever it claims to take',
    points: () => ({ member: { whenFull: 'serve' } }),
  },
  {
    name: 'ends-oldest-when-full',
    description: 'ends the oldest stream for a client beyond the limit',
    points: () => ({ member: { whenFull: 'end-oldest' } }),
  },
  {
    name: 'ignores-the-surplus',
    description: 'accepts more than 20 connections and never answers on them',
    points: () => ({ client: (_nth, open) => (open > 20 ? 'ignore' : 'serve') }),
  },
  answering('plain-paths-only', 'answers 404 to paths with other than letters', ({ target }) =>
    /^\/[\w/-]*$/.test(target) ? undefined : status(404, 'Not Found'),
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
  answering('needs-accept', 'answers 406 unless text/event-stream is asked for', (request) =>
    fieldValue(request, 'accept')?.includes('text/event-stream') === true
      ? undefined
      : status(406, 'Not Acceptable'),
  ),
  answering('any-method', 'streams whatever the method', ({ method }) =>
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
    description: 'says that streams are latin1',
    points: () => ({
      response: (head) => withField(head, 'Content-Type', 'text/event-stream; charset=iso-8859-1'),
    }),
  },
  {
    name: 'challenges-anyway',
    description: 'streams to everybody and asks for credentials in the same breath',
    points: () => ({
      response: (head) => withField(head, 'WWW-Authenticate', 'Basic realm="events"'),
    }),
  },
  {
    name: 'cacheable-stream',
    description: 'lets caches keep the stream',
    points: () => ({ response: (head) => withField(head, 'Cache-Control', 'public, max-age=60') }),
  },
  {
    name: 'no-date',
    description: 'does not say what time it is',
    points: () => ({ response: (head) => withoutFields(head, 'Date') }),
  },
  {
    name: 'head-with-body',
    description: 'sends content after the head of an answer to HEAD',
    points: () => ({ headBody: '0\r\n\r\n' }),
  },
  {
    name: 'error-without-end',
    description: 'does not say where its answers end that are no stream',
    points: () => ({
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
