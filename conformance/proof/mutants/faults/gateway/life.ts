import type { RelayFaults } from '../../gateway/relay-faults.ts'
import { withoutFields } from '../../http/head.ts'
import type { StageFactory } from '../../stages/stage.ts'
import type { Fault } from '../fault.ts'

const CANNED = 'data: canned 1\n\ndata: canned 2\n\ndata: canned 3\n\n'

/** Ways to lose the end of a stream, or to mix up clients. */
export const GATEWAY_LIFE_FAULTS: readonly Fault<RelayFaults>[] = [
  {
    name: 'constant-answer',
    description: 'answers every request with the same events, and asks no back end',
    points: () => ({ canned: () => CANNED }),
  },
  {
    name: 'sticky-path',
    description: 'asks the back end for the first path that it was ever asked for',
    points: () => {
      let first: string | undefined
      return {
        request: (head) => {
          first ??= head.target
          return { ...head, target: first }
        },
      }
    },
  },
  {
    name: 'body-cap-512',
    description: 'cuts bodies at 512 bytes',
    points: () => ({ body: capped(512) }),
  },
  {
    name: 'end-swallower',
    description: 'leaves clients waiting after the back end has ended a stream',
    points: () => ({ body: ({ emit }) => ({ push: emit, end: () => {} }) }),
  },
  {
    name: 'forge-terminator',
    description: 'ends a broken stream as if it were complete',
    points: () => ({ forgesEnd: true }),
  },
  {
    name: 'zombie-stream',
    description: 'leaves clients waiting after the back end was lost',
    points: () => ({ body: ({ emit }) => ({ push: emit, abort: () => {} }) }),
  },
  {
    name: 'upstream-leak',
    description: 'keeps the upstream connection whatever its client does',
    points: () => ({ clientLeft: () => 'ignore' }),
  },
  {
    name: 'ignore-fin',
    description: 'keeps the upstream connection of a client that ended properly',
    points: () => ({ clientLeft: (how) => (how === 'end' ? 'ignore' : 'close') }),
  },
  {
    name: 'ignore-rst',
    description: 'keeps the upstream connection of a client that reset',
    points: () => ({ clientLeft: (how) => (how === 'reset' ? 'ignore' : 'close') }),
  },
  {
    name: 'detect-on-write',
    description: 'notices that a client has left only when there is something to send to it',
    points: () => ({ clientLeft: () => 'close-on-write' }),
  },
  {
    name: 'upstream-leak-1-in-20',
    description: 'keeps one upstream connection in twenty',
    points: () => ({ clientLeft: (_how, nth) => (nth % 20 === 0 ? 'ignore' : 'close') }),
  },
  {
    name: 'buffer-reuse',
    description: 'gives a client, now and then, what was meant for another one',
    points: () => ({ body: sharedBuffer(10) }),
  },
  {
    name: 'drop-leid',
    description: 'does not pass Last-Event-ID on',
    points: () => ({ request: (head) => withoutFields(head, 'Last-Event-ID') }),
  },
]

function capped(maxBytes: number): StageFactory {
  return ({ emit }) => {
    let leftBytes = maxBytes
    return {
      push: (bytes) => {
        emit(bytes.subarray(0, leftBytes))
        leftBytes -= Math.min(leftBytes, bytes.length)
      },
    }
  }
}

/** One buffer for all streams: each `every`-th piece goes out with what the buffer held before. */
function sharedBuffer(every: number): StageFactory {
  let buffer = Buffer.alloc(0)
  let pieces = 0
  return ({ emit }) => ({
    push: (bytes) => {
      pieces += 1
      const stale = pieces % every === 0 && buffer.length > 0
      emit(stale ? buffer : bytes)
      buffer = Buffer.from(bytes)
    },
  })
}
