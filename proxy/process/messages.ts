import type { Boundary, CaughtException } from '../boundary-guard.ts'
import type { Config } from '../config/config.ts'
import type { Connector } from '../config/connector.ts'
import type { HubCounts } from '../fanout/hub-counts.ts'
import type { RefusalReason } from '../front/admission.ts'
import type { FromKeeper, ToKeeper } from '../front/places.ts'
import type { SocketEnds } from './socket-table.ts'

/** What a process needs to know of the configuration to serve clients. */
export type ClientConfig = Pick<Config, 'cors' | 'settings'>

/** What the primary process tells a worker: `start`, what is in the log, then when to listen, and frames as they come. */
export type ToWorker =
  | FromKeeper
  | {
      readonly kind: 'start'
      readonly config: ClientConfig
      readonly epoch: string
      /** How many workers share the limits. */
      readonly processes: number
      /** Number of the first frame that follows. */
      readonly firstNumber: number
      /** URLs that were announced before that frame, too. */
      readonly pointers: readonly string[]
    }
  | { readonly kind: 'frames'; readonly chunked: Uint8Array }
  | { readonly kind: 'chain'; readonly chain: readonly string[] }
  /** Where to accept clients from now on; nowhere = to rest. Orders are numbered. */
  | {
      readonly kind: 'listen'
      readonly order: number
      readonly connectors: readonly Connector[]
    }
  /** The clients of these connections are gone, whichever worker has them. */
  | { readonly kind: 'vanished'; readonly gone: readonly SocketEnds[] }
  | { readonly kind: 'close'; readonly withinMs: number }

/** What a worker tells the primary process. */
export type FromWorker =
  | ToKeeper
  | { readonly kind: 'ready' }
  /** The order of this number is carried out. */
  | { readonly kind: 'listens'; readonly order: number }
  /** The order cannot be carried out, for this reason. */
  | { readonly kind: 'cannot-listen'; readonly reason: string }
  /** Said at once when it is full, and else when it has some more or fewer clients than when it last said so. */
  | { readonly kind: 'load'; readonly clients: number; readonly isFull: boolean }
  | { readonly kind: 'counts'; readonly counts: ClientCounts }
  /** To be logged. */
  | { readonly kind: 'exception'; readonly exception: CaughtException }

/** What one process knows of its clients. */
export interface ClientCounts {
  readonly clients: number
  readonly hub: HubCounts
  readonly refused: Readonly<Record<RefusalReason, number>>
  /** Exceptions that reached a boundary of the client side. */
  readonly exceptions: Readonly<Record<Boundary, number>>
  /** How late the process's event loop has been, in the worst of cases since the last count. */
  readonly loopDelayMs: number
  readonly residentBytes: number
}
