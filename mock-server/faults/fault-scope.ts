/**
 * What a fault is about: a request, by what it asks for, or streams that are open already. A stream
 * that is being opened is a request of scope `sse-connect`.
 */
export const FAULT_SCOPES = ['feed', 'item', 'write', 'sse-connect', 'sse-open'] as const
export type FaultScope = (typeof FAULT_SCOPES)[number]

/** Scopes of requests. */
export const REQUESTED = ['feed', 'item', 'write', 'sse-connect'] as const

/** One request, stream or event, as the selectors of a fault see it. */
export interface FaultSubject {
  readonly scope: FaultScope
  /** Path of the request, or of the stream's, without its query. */
  readonly path: string
  readonly method: string
  /** The change log that a request or an event is about, such as `section/12`. */
  readonly log?: string | undefined
  /** Id of an open stream's client. */
  readonly client?: string | undefined
  /** The name in HTTP Basic credentials, whether or not they are right. */
  readonly user?: string | undefined
}
