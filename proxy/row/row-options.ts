import type { BoundaryGuard } from '../boundary-guard.ts'
import type { Engine } from './engine.ts'
import type { CopyLimits } from './log-copy.ts'

/** A frame that the clients of this member get next. */
export interface RowFrame {
  readonly backEnd: string
  /** Its id for clients. */
  readonly id: string
  readonly frame: Buffer
  /** The change log URL that it announces. */
  readonly url: string | undefined
}

/** Where a back end is to be read from. */
export interface UpstreamStart {
  /** The id of its last event that clients have; undefined = there is none. */
  readonly lastEventId: string | undefined
  /** Whether clients had events before: without an id, some may be lost. */
  readonly isContinuation: boolean
}

export interface RowMemberOptions {
  readonly engine: Engine
  /** Names this run of this proxy. */
  readonly owner: string
  /** Names of the back ends, the same in the whole row. */
  readonly backEnds: readonly string[]
  readonly leaseMs: number
  /** What to do while the engine is away: see `isAlone`. */
  readonly whenAway: 'own-connection' | 'wait'
  /** How long it tries to reach a back end before another member may. */
  readonly patienceMs: number
  /** What is kept to heal the engine. */
  readonly memory: CopyLimits
  /** Most change log URLs that the row keeps. */
  readonly maxUrls: number
  /** A name that was never used before. */
  readonly newEpoch: () => string
  /** Connect to the back end. */
  readonly onOpen: (backEnd: string, start: UpstreamStart) => void
  /** Close the connection, and drop what it still sends. */
  readonly onClose: (backEnd: string) => void
  /** Another member may read the back end, since this one cannot reach it. `onClose` follows. */
  readonly onUnreached: (backEnd: string) => void
  readonly onFrame: (frame: RowFrame) => void
  /** The row knows change logs of a back end that this member has not heard of. */
  readonly onUrls: (backEnd: string, urls: readonly string[]) => void
  /** Clients of this member have missed events. */
  readonly onGap: () => void
  /** The engine has got entries back. */
  readonly onHealed: (entries: number) => void
  /** A call of the engine has failed; also while the engine is away. */
  readonly onFailure: (error: unknown) => void
  readonly guard: Pick<BoundaryGuard, 'run'>
  /** Monotonic. It runs on while the process is stopped, as the engine's does: for leases. */
  readonly nowMs: () => number
  /** Monotonic. It stops while the process is stopped: for answers that may be waiting. */
  readonly runningMs: () => number
}
