import type { RelayFaults } from '../../gateway/relay-faults.ts'
import { withoutFields } from '../../http/head.ts'
import type { StageFactory } from '../../stages/stage.ts'
import type { Fault } from '../fault.ts'

const CANNED = 'data: canned 1\n\ndata: canned 2\n\ndata: canned 3\n\n'

/** Faults at the end of a stream, and mixed-up clients. */
export const GATEWAY_LIFE_FAULTS: readonly Fault<RelayFaults>[] = [
  {
    name: 'constant-answer',
    description: 'answers every request with the same events, without a back end',
    points: () => ({ canned: () => CANNED }),
  },
  {
    name: 'sticky-path',
    description: 'requests the path of the first client for every client',
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
    description: 'truncates bodies at 512 bytes',
    points: () => ({ body: capped(512) }),
  },
  {
    name: 'end-swallower',
    description: "does not end a client's stream when the back end ends its own",
    points: () => ({ body: ({ emit }) => ({ push: emit, end: () => {} }) }),
  },
  {
    name: 'forge-terminator',
    description: 'ends a broken stream like a complete one',
    points: () => ({ forgesEnd: true }),
  },
  {
    name: 'zombie-stream',
    description: "does not end a client's stream when the back end is lost",
    points: () => ({ body: ({ emit }) => ({ push: emit, abort: () => {} }) }),
  },
  {
    name: 'upstream-leak',
    description: 'never closes an upstream connection',
    points: () => ({ clientLeft: () => 'ignore' }),
  },
  {
    name: 'ignore-fin',
    description: 'keeps the upstream connection of a client that closed properly',
    points: () => ({ clientLeft: (how) => (how === 'end' ? 'ignore' : 'close') }),
  },
  {
    name: 'ignore-rst',
    description: 'keeps the upstream connection of a client that reset its connection',
    points: () => ({ clientLeft: (how) => (how === 'reset' ? 'ignore' : 'close') }),
  },
  {
    name: 'detect-on-write',
    description: 'notices a disconnected client only at the next write',
    points: () => ({ clientLeft: () => 'close-on-write' }),
  },
  {
    name: 'upstream-leak-1-in-20',
    description: 'leaks one upstream connection in twenty',
    points: () => ({ clientLeft: (_how, { nth }) => (nth % 20 === 0 ? 'ignore' : 'close') }),
  },
  {
    name: 'buffer-reuse',
    description: 'sometimes sends a client the bytes of another one',
    points: () => ({ body: sharedBuffer(10) }),
  },
  {
    name: 'reads-ahead',
    description: 'reads from the back end as fast as it can',
    points: () => ({ room: async () => {} }),
  },
  {
    name: 'drops-for-slow',
    description: 'drops what a client that does not read has no room for',
    points: () => {
      let full = false
      return {
        room: async (writer) => {
          full = writer.pendingBytes > 1024 * 1024
        },
        intake: ({ emit }) => ({ push: (bytes) => (full ? undefined : emit(bytes)) }),
      }
    },
  },
  {
    name: 'waits-for-all',
    description: 'sends the next piece when every client has read the previous one',
    points: () => {
      let slowest: Promise<unknown> = Promise.resolve()
      return {
        room: async (writer) => {
          slowest = Promise.all([slowest, writer.drained()])
          await slowest
        },
      }
    },
  },
  {
    name: 'leaks-stalled',
    description: 'keeps the upstream connection of a client that left while bytes waited for it',
    points: () => ({ clientLeft: (_how, { blocked }) => (blocked ? 'ignore' : 'close') }),
  },
  {
    name: 'leaks-early',
    description: 'keeps the upstream connection of a client that left before the response',
    points: () => ({ clientLeft: (_how, { headSent }) => (headSent ? 'close' : 'ignore') }),
  },
  {
    name: 'drop-leid',
    description: 'does not forward Last-Event-ID',
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

/** One buffer for all streams: every `every`-th piece is sent with the buffer's earlier content. */
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
