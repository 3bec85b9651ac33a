import type { ChangeLogRow } from '../content/changes/change-log.ts'
import type { Change } from '../content/changes/change.ts'
import type { StreamClientInfo } from '../sse/stream-client.ts'
import type { StreamName } from '../sse/stream-name.ts'
import type { LeaveReason } from '../sse/stream-observer.ts'

/** What the journal keeps of everything that happens: small objects, formatted when they are read. */
export type JournalEntry =
  | RequestEntry
  | ResponseEntry
  | ConnectEntry
  | LeaveEntry
  | FrameEntry
  | ChangeEntry
  | FaultEntry

export const ENTRY_KINDS = [
  'request',
  'response',
  'connect',
  'leave',
  'frame',
  'change',
  'fault',
] as const
export type EntryKind = (typeof ENTRY_KINDS)[number]

/** Set by the journal, when it adds the entry. */
interface Noted {
  /** Consecutive, from 1. */
  id: number
  /** The date of the store's clock. */
  atMs: number
  /** The other scale of the clock, which never goes back. */
  passedMs: number
  /** What the entry counts against the limit of bytes. */
  readonly size: number
}

/** A request, as it arrived. Nothing secret is kept. */
export interface RequestEntry extends Noted {
  readonly kind: 'request'
  readonly method: string
  /** Path and query, without secrets. */
  readonly url: string
  /** The path of the space, which is not in `url`. '' for the default space. */
  readonly mountPath: string
  readonly httpVersion: string
  readonly remoteAddress: string
  /** Names and values in turn, without secrets. */
  readonly headers: readonly string[]
  /** Set once it is answered. */
  response?: ResponseEntry | undefined
}

/** The end of a request: answered, or cut off. */
export interface ResponseEntry extends Noted {
  readonly kind: 'response'
  readonly request: RequestEntry
  /** Undefined when the connection ended before the head of a response. */
  readonly status: number | undefined
  /** False when the connection ended before the response did. */
  readonly isComplete: boolean
  /** Names and values in turn. */
  readonly headers: readonly string[]
  /** Bytes that were written to the connection, head included. */
  readonly bytes: number
  readonly user: string | undefined
  /** Set for the page of a change log. */
  readonly page: ReadPage | undefined
  /** The changes that the request made. */
  readonly changes: readonly string[]
}

/** The page of a change log that a request read. */
export interface ReadPage {
  /** Path of the log as it is announced. */
  readonly log: string
  /** Of which store the rows' changes are. */
  readonly changes: 'change' | 'live'
  readonly rows: readonly ChangeLogRow[]
}

/** A client opened a stream. */
export interface ConnectEntry extends Noted {
  readonly kind: 'connect'
  readonly client: StreamClientInfo
  /** Id of the entry of its request. */
  readonly request: number | undefined
}

/** A stream ended. */
export interface LeaveEntry extends Noted {
  readonly kind: 'leave'
  readonly client: StreamClientInfo
  readonly connect: ConnectEntry | undefined
  readonly reason: LeaveReason
  readonly events: number
  readonly bytes: number
}

/** Events that were sent: to one client, or to every open client of a stream with this base URL. */
export interface FrameEntry extends Noted {
  readonly kind: 'frame'
  readonly stream: StreamName
  readonly baseUrl: string
  /** Set when they were sent to one client alone. */
  readonly client: string | undefined
  /** To how many clients they were sent. */
  readonly clients: number
  readonly events: number
  readonly bytes: number
  /** The bytes, or the beginning of many. */
  readonly kept: Buffer
  readonly correlation: string
}

/** A change of content. */
export interface ChangeEntry extends Noted {
  readonly kind: 'change'
  readonly correlation: string
  /** Undefined for a change of Live Center. */
  readonly change: Change | undefined
}

/** A fault that struck. */
export interface FaultEntry extends Noted {
  readonly kind: 'fault'
  readonly name: string
  readonly fault: string
  readonly scope: string
  /** Id of the entry of the request that it struck. */
  readonly request: number | undefined
  /** Id of the stream that it struck. */
  readonly client: string | undefined
  /** The change whose event or row it struck. */
  readonly correlation: string | undefined
}
