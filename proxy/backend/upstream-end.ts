import type { ProxyError } from '../errors.ts'

/** How one connection to a back end ended. */
export interface UpstreamEnd {
  readonly error: ProxyError
  /** Shortest wait that the back end requests before the next attempt; 0 = none. */
  readonly retryAfterMs: number
  /** Whether the back end may have refused an id or a cookie that it set itself. */
  readonly refusesRequest: boolean
}
