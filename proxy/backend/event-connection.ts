import type { ProxyError } from '../errors.ts'

/** What brings the events of a back end: a connection, or another process that has one. */
export interface EventConnection {
  /** Whether an event has started and is not complete. */
  readonly hasPartialFrame: boolean
  /** Number of comments received. */
  readonly comments: number
  /** Whether it is to be replaced. */
  readonly isSilent: boolean
  /** When the last byte was received; 0 = none yet. */
  readonly heardMs: number
  /** Its end is reported once, now or soon. */
  readonly end: (error: ProxyError, retryAfterMs?: number) => void
}
