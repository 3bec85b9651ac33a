import type { EdgeFaults, Filter } from '../../edge/edge-faults.ts'
import type { Fault } from '../fault.ts'

const LATE_MS = 150
const LEAVE_MS = 1000
const TURN_MS = 20
const PIECE_BYTES = 7
const CUT_BYTES = 210
const HEAD_START = 'HTTP/1.1 '
const END_OF_HEAD = '\r\n\r\n'
const NO_CONTENT = 'Content-Length: 0'
const EXPLANATION = 'this request is refused\n'
const LAST_CHUNK = '0\r\n\r\n'
const EARLY_HINTS = Buffer.from(
  'HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n',
)

/**
 * Harmless differences of the bytes towards clients, and of the time when they come and go. The
 * front has buffers of its own, so it is not tried on checks of clients that do not read.
 */
export const LINK_BENIGN_VARIANTS: readonly Fault<EdgeFaults>[] = [
  {
    name: 'head-in-pieces',
    description: 'sends the first bytes of a connection in packets of seven bytes',
    points: () => ({ link: { toClient: inPieces } }),
    only: ['flush.*', 'frame.*', 'front.*', 'hyg.*', 'cors.*', 'base.*', 'resp.*'],
  },
  {
    name: 'early-hints',
    description: 'sends an interim response before the first one of each HTTP/1.1 connection',
    points: () => {
      const old = new WeakSet<object>()
      return {
        link: {
          fromClient: (_edge, client) => (bytes, emit) => {
            if (bytes.includes(' HTTP/1.0\r\n')) old.add(client)
            emit(bytes)
          },
          toClient: (client) => hinting(() => !old.has(client)),
        },
      }
    },
    only: ['flush.*', 'frame.*', 'front.*', 'cors.*', 'base.*', 'poll.*', 'load.200'],
  },
  {
    name: 'trailer-at-end',
    description: 'ends each chunked response with a trailer field',
    points: () => ({
      link: {
        toClient: () => (bytes, emit) =>
          bytes.toString('latin1').endsWith(LAST_CHUNK)
            ? emit(Buffer.concat([bytes.subarray(0, -2), Buffer.from('X-End: 1\r\n\r\n')]))
            : emit(bytes),
      },
    }),
    only: ['frame.*', 'poll.*', 'flush.*', 'life.*', 'resp.*', 'reuse.*'],
  },
  {
    name: 'resets-after-refusal',
    // A client may lose such an answer [http/1.1 §9.6]: checks that need it do not apply.
    description: 'resets a connection after an answer with an error status',
    points: () => ({
      link: {
        toClient: (client) => (bytes, emit) => {
          const isError = ['4', '5'].some((digit) =>
            bytes.toString('latin1', 0, HEAD_START.length + 1).startsWith(HEAD_START + digit),
          )
          if (!isError) return emit(bytes)
          client.write(bytes, () => client.resetAndDestroy())
        },
      },
    }),
    only: ['hyg.*', 'hostile.*'],
  },
  {
    name: 'explains-refusals',
    // Also to HEAD, as many servers do. Content there is a fault, but none that hides a request.
    description: 'adds content to every refusal that has none',
    points: () => ({ link: { toClient: () => (bytes, emit) => emit(explained(bytes)) } }),
    only: ['hyg.*', 'hostile.*'],
  },
  {
    name: 'reads-late',
    description: 'reads what clients send 150 ms later',
    points: () => ({ link: { fromClient: () => later(LATE_MS) } }),
    only: ['hyg.*', 'hostile.*', 'front.*', 'load.200', 'replay.*', 'gap.*', 'base.*', 'poll.*'],
  },
  {
    name: 'serves-in-turn',
    // As Node.js 20 does when its event loop is busy: it accepts one connection in each turn.
    description: 'reads what a new connection sends 20 ms after that of the one before',
    points: () => ({ link: { fromClient: inTurns() } }),
    only: ['hostile.*', 'load.churn', 'load.idle-connections', 'load.200'],
  },
  {
    name: 'frees-slots-late',
    description: 'notices one second later that a client has left',
    points: () => ({ link: { leavesAfterMs: LEAVE_MS } }),
    only: ['load.*place*', 'load.*cap*', 'load.*churn', 'hostile.*', 'admin.*', 'life.*'],
  },
]

/** The first bytes of a connection, each piece in a packet of its own. */
function inPieces(): Filter {
  let left = CUT_BYTES
  return (bytes, emit) => {
    const cut = Math.min(left, bytes.length)
    left -= cut
    for (let at = 0; at < cut; at += PIECE_BYTES)
      emit(bytes.subarray(at, Math.min(at + PIECE_BYTES, cut)))
    if (cut < bytes.length) emit(bytes.subarray(cut))
  }
}

/** An interim response before the first response, unless that is none, or the client is too old. */
function hinting(isAllowed: () => boolean): Filter {
  let isFirst = true
  return (bytes, emit) => {
    const isHinted = isFirst && isAllowed() && bytes.includes(END_OF_HEAD)
    isFirst = false
    emit(isHinted ? Buffer.concat([EARLY_HINTS, bytes]) : bytes)
  }
}

function explained(bytes: Buffer): Buffer {
  const [head = '', ...rest] = bytes.toString('latin1').split(END_OF_HEAD)
  const isBare = head.startsWith('HTTP/1.1 4') && head.includes(NO_CONTENT) && rest.join('') === ''
  if (!isBare) return bytes
  const explaining = head.replace(NO_CONTENT, `Content-Length: ${EXPLANATION.length}`)
  return Buffer.from(explaining + END_OF_HEAD + EXPLANATION, 'latin1')
}

/** One connection after another, also those that have gone meanwhile. */
function inTurns(): () => Filter {
  let freeAtMs = 0
  return () => {
    const nowMs = performance.now()
    freeAtMs = Math.max(nowMs, freeAtMs) + TURN_MS
    return later(freeAtMs - nowMs)
  }
}

/** In order, and each piece so much later. */
function later(ms: number): Filter {
  return (bytes, emit) => void setTimeout(() => emit(bytes), ms)
}
