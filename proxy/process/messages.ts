import type { Boundary, CaughtException } from '../boundary-guard.ts'
import type { Config } from '../config/config.ts'
import type { CorsSettings, LimitSettings } from '../config/settings.ts'
import type { HandshakeCounts, HandshakeFailure } from '../connector/handshake-report.ts'
import type { Connector } from '../config/connector.ts'
import type { HubCounts } from '../fanout/hub-counts.ts'
import type { RefusalReason } from '../front/admission.ts'
import type { EndedStream } from '../log/ended-stream.ts'
import type { FromQuota, ToQuota } from '../front/quota-messages.ts'
import type { TlsServer } from '../tls/tls-server.ts'
import type { ArriveOrder, ArriveReport, LeaveOrder, LeaveReport } from './moves.ts'
import type { SocketEnds } from './socket-table.ts'

/** The part of the configuration that concerns clients. */
export interface ClientConfig extends Pick<Config, 'cors' | 'settings'> {
  /** Whether workers report the streams that have ended; default: no. */
  readonly logsRequests?: boolean
}

/** What the processes that serve clients take over while they run. */
export interface ReloadableSettings {
  readonly cors: CorsSettings
  readonly limits: LimitSettings
}

/**
 * Messages of the primary process to a worker: `start`, the frames in the log, then when to listen,
 * and new frames.
 */
export type ToWorker =
  | FromQuota
  | {
      readonly kind: 'start'
      readonly config: ClientConfig
      readonly epoch: string
      /** The last event id of the run before. */
      readonly predecessor: string | undefined
      /** How many workers share the limits. */
      readonly processes: number
      /** Number and position of the first frame that follows. */
      readonly firstNumber: number
      readonly firstPosition: number
      /** Id of the frame before, if none follows yet. */
      readonly lastId: string | undefined
      /** URLs that were announced so far. */
      readonly announcedUrls: readonly string[]
    }
  | {
      readonly kind: 'frames'
      readonly chunked: Uint8Array
      /** Id and URL of each frame, as the primary process has read them. */
      readonly ids: readonly (string | undefined)[]
      readonly urls: readonly (string | undefined)[]
    }
  | {
      readonly kind: 'certificates'
      readonly certificates: readonly (TlsServer | undefined)[]
    }
  | { readonly kind: 'reload'; readonly settings: ReloadableSettings }
  | { readonly kind: 'chain'; readonly chain: readonly string[] }
  /** URLs of change logs that have ended. */
  | { readonly kind: 'forget'; readonly urls: readonly string[] }
  /** The answer to `check-urls`: those that have ended are forgotten. */
  | { readonly kind: 'urls-checked' }
  /** Where to accept clients from now on; an empty list = accept none. Commands are numbered. */
  | {
      readonly kind: 'listen'
      readonly commandId: number
      readonly connectors: readonly Connector[]
    }
  /** The clients of these connections have vanished. Each worker disconnects those that it has. */
  | { readonly kind: 'vanished'; readonly gone: readonly SocketEnds[] }
  /** Clients move to another process, or come from it: one upgrade has one number. */
  | { readonly kind: 'leave'; readonly attempt: number; readonly order: LeaveOrder }
  | { readonly kind: 'arrive'; readonly order: ArriveOrder }
  /** URLs that were announced to clients of another process, the latest last. */
  | { readonly kind: 'learn'; readonly urls: readonly string[] }
  | { readonly kind: 'end-gradually' }
  | { readonly kind: 'close'; readonly withinMs: number }

/** Messages of a worker to the primary process. */
export type FromWorker =
  | ToQuota
  | { readonly kind: 'ready' }
  /** The command is completed. */
  | { readonly kind: 'listens'; readonly commandId: number }
  /** The command failed. */
  | {
      readonly kind: 'cannot-listen'
      readonly commandId: number
      readonly reason: string
      /** Whether another program listens on the port. */
      readonly isPortTaken: boolean
    }
  | { readonly kind: 'leaving'; readonly attempt: number; readonly report: LeaveReport }
  | { readonly kind: 'arriving'; readonly report: ArriveReport }
  /** A client is to get the known URLs: do their change logs still exist? */
  | { readonly kind: 'check-urls' }
  /** See `LoadReport`. */
  | { readonly kind: 'load'; readonly clients: number; readonly isFull: boolean }
  | { readonly kind: 'counts'; readonly counts: ClientCounts }
  /** Streams that have ended, and the number of others that had no room in the message. */
  | {
      readonly kind: 'streams-ended'
      readonly streams: readonly EndedStream[]
      readonly dropped: number
    }
  /** To be logged. */
  | { readonly kind: 'exception'; readonly exception: CaughtException }
  | { readonly kind: 'handshake-failure'; readonly failure: HandshakeFailure }

/** The counts of one process that serves clients. */
export interface ClientCounts {
  readonly clients: number
  /** Whether the process accepts clients. One that is ahead of the others does not. */
  readonly isAccepting: boolean
  readonly hub: HubCounts
  readonly refused: Readonly<Record<RefusalReason, number>>
  /** Failed TLS handshakes. */
  readonly handshakesFailed: HandshakeCounts
  /** Exceptions that reached a boundary of the client side. */
  readonly exceptions: Readonly<Record<Boundary, number>>
  /** Largest delay of the process's event loop since the last count. */
  readonly loopDelayMs: number
  readonly residentBytes: number
}
