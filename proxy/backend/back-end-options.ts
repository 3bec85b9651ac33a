import type { BoundaryGuard } from '../boundary-guard.ts'
import type { BackEndTarget } from '../config/config.ts'
import type { ProxyError } from '../errors.ts'
import type { Frame, FrameFilter } from '../sse/frame.ts'
import type { Backoff } from './backoff.ts'
import type { UpstreamLimits } from './upstream.ts'

/** State of the connection to a back end. */
export type BackEndState =
  | { readonly state: 'connecting'; readonly sinceMs: number }
  | { readonly state: 'open'; readonly sinceMs: number }
  | {
      readonly state: 'waiting'
      readonly sinceMs: number
      readonly error: ProxyError
      readonly retryInMs: number
      /** Whether the back end has asked for such a wait. */
      readonly isAsked: boolean
    }
  | { readonly state: 'closed'; readonly sinceMs: number }

export interface BackEndOptions {
  readonly target: BackEndTarget
  readonly limits: UpstreamLimits & {
    /** How long a connection is open before clients are notified of events lost before it. */
    readonly settleMs: number
  }
  readonly backoff: Backoff
  /** Which parts of a frame are forwarded. */
  readonly frameFilter: FrameFilter
  readonly guard: BoundaryGuard
  /** This proxy's name in chains of proxies. */
  readonly ownName: string
  /** A frame, and its bytes as received. It may share memory with the connection, so copy it to keep it. */
  readonly onFrame: (frame: Frame, bytes: Buffer) => void
  /** The connection has opened again after a loss. `onMissed` follows unless it ends before. */
  readonly onReopened: () => void
  /**
   * Events were lost because the back end sends no ids to resume from. Called when the connection
   * has been open for `settleMs`.
   */
  readonly onMissed: () => void
  readonly onChange: (state: BackEndState) => void
  /** The proxy drops something that the back end sends. Called once per connection and subject. */
  readonly onNotice: (message: string) => void
  readonly nowMs: () => number
}
