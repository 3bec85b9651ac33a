import type { Socket } from 'node:net'

import type { StreamFacts } from '../fanout/stream-state.ts'

/** What a process sends of the clients that move to another one. */
export type Move =
  /** With the socket of a client, which this process still serves. */
  | { readonly kind: 'client'; readonly key: number; readonly facts: StreamFacts }
  /** Where clients are in the log now that this process has stopped writing: rows of numbers. */
  | { readonly kind: 'rows'; readonly rows: Float64Array }
  /** With the socket of a client that could not move earlier. */
  | { readonly kind: 'late'; readonly facts: StreamFacts; readonly row: Float64Array }

/** Sends a part of a move, with a socket that stays open here. Rejects if that is not possible. */
export type SendMove = (move: Move, socket?: Socket) => Promise<void>

/** What the primary process orders when clients of a worker leave for another process. */
export type LeaveOrder =
  /** Send the listening sockets. */
  | { readonly kind: 'listeners' }
  /** Send the sockets of nearly all clients, and serve them meanwhile. */
  | { readonly kind: 'copy' }
  /** All that was sent so far has arrived. */
  | { readonly kind: 'marked' }
  /** Write nothing more, and send where the clients are. */
  | { readonly kind: 'freeze' }
  /** The sockets of these clients have not arrived: they stay. */
  | { readonly kind: 'keep'; readonly keys: readonly number[] }
  /** Accept no more clients. */
  | { readonly kind: 'stop' }
  /** The others belong to the other process now. */
  | { readonly kind: 'go' }
  /** Send clients that could not move earlier, as they become able to. */
  | { readonly kind: 'finish' }
  /** Serve all clients as before; if the move was committed, those that had moved must return. */
  | { readonly kind: 'stay'; readonly isCommitted: boolean }

/** What a worker says while its clients leave. */
export type LeaveReport =
  /** With the handle of a listening socket: the one of the connector with this index. */
  | { readonly kind: 'listener'; readonly index: number }
  /** With a socket, as the move says. */
  | { readonly kind: 'move'; readonly move: Move }
  /** To be answered with `marked` when everything before it has arrived. */
  | { readonly kind: 'mark' }
  /** The order is carried out. */
  | {
      readonly kind: 'done'
      readonly order: LeaveOrder['kind']
      readonly moved: number
      readonly drained: number
    }
  | { readonly kind: 'trouble'; readonly reason: string }

/** What the primary process orders when clients of another process come to a worker. */
export type ArriveOrder =
  | { readonly kind: 'move'; readonly move: Move }
  | { readonly kind: 'mark' }
  /** The log and the rows are complete: count the clients. */
  | { readonly kind: 'prepare' }
  /** Serve them. */
  | { readonly kind: 'commit' }

export type ArriveReport =
  | { readonly kind: 'marked' }
  | { readonly kind: 'prepared'; readonly missing: readonly number[] }
  | { readonly kind: 'serving'; readonly moved: number }
