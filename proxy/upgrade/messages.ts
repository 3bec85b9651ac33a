import type { ReplaySettings } from '../config/settings.ts'
import type { BackEndEstate } from '../process/back-end-handover.ts'
import type { Move } from '../process/moves.ts'

/** Both programs must have the same: a change of these messages changes it. */
export const HANDOVER_VERSION = 2

/** A listening socket that the new process was started with. */
export interface HandedListener {
  /** As in the configuration of the old process, where 0 = any free port. */
  readonly host: string
  readonly port: number
  /** The port that it listens at, and the descriptor that it has in the new process. */
  readonly boundPort: number
  readonly fd: number
}

/** What upgrades have done since the first process of this proxy started. */
export interface UpgradeCounts {
  /** Clients that continued in a new process, and those that were asked to reconnect. */
  readonly moved: number
  readonly drained: number
  /** Upgrades that were completed, refused before a new process was started, and taken back. */
  readonly done: number
  readonly refused: number
  readonly failed: number
}

export interface Hello {
  readonly kind: 'hello'
  readonly version: number
  readonly pid: number
  /** Ids of events begin with it. */
  readonly epoch: string
  /** The last event id of the run before the first process. */
  readonly predecessor: string | undefined
  readonly ids: ReplaySettings['ids']
  /** URLs of the back ends, and of those to which it is connected. */
  readonly backEnds: readonly string[]
  readonly openBackEnds: readonly string[]
  readonly application: readonly HandedListener[]
  readonly admin: readonly HandedListener[]
  /** How many processes serve clients. */
  readonly processes: number
  readonly counts: UpgradeCounts
}

/** Messages of the old process to the new one, in this order. */
export type ToSuccessor =
  | Hello
  /** Where the frames that follow begin in the log. */
  | {
      readonly kind: 'log'
      readonly firstNumber: number
      readonly firstPosition: number
      /** The id of the frame before, if the log is empty. */
      readonly lastId: string | undefined
    }
  | {
      readonly kind: 'frames'
      readonly chunked: Uint8Array
      readonly ids: readonly (string | undefined)[]
      readonly urls: readonly (string | undefined)[]
      readonly agesMs: readonly number[]
    }
  /** Of a process of the old proxy, with a socket if the move says so. */
  | { readonly kind: 'move'; readonly worker: number; readonly move: Move }
  /** To be answered when everything from this process before it has arrived. */
  | { readonly kind: 'mark'; readonly worker: number }
  /** The log and the rows are complete: listen. */
  | { readonly kind: 'prepare'; readonly estate: BackEndEstate }
  /** From now on the clients belong to the new process. */
  | { readonly kind: 'commit'; readonly counts: UpgradeCounts }
  /** A frame of a back end to which the old process is still connected. */
  | { readonly kind: 'back-end-frame'; readonly uri: string; readonly bytes: Uint8Array }
  | { readonly kind: 'back-end-end'; readonly uri: string }
  /** So many clients were asked to reconnect. */
  | { readonly kind: 'drained'; readonly clients: number }

/** Messages of the new process to the old one. */
export type ToPredecessor =
  | { readonly kind: 'started' }
  /** The configuration is valid, and it is ready for the log. */
  | { readonly kind: 'ready' }
  /** It has started these, which may hang. */
  | { readonly kind: 'workers'; readonly pids: readonly number[] }
  /** Its log begins where the old one does, and the processes that serve clients have started. */
  | { readonly kind: 'takes-clients' }
  | { readonly kind: 'marked'; readonly worker: number }
  /** Everything is there, except for the sockets of these clients of each process. */
  | { readonly kind: 'prepared'; readonly missing: readonly (readonly number[])[] }
  | { readonly kind: 'serving'; readonly moved: number }
  /** It is connected to this back end itself. */
  | { readonly kind: 'stop-back-end'; readonly uri: string }
  | { readonly kind: 'failed'; readonly reason: string }
