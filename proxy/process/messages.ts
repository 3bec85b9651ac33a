import type { Config } from '../config/config.ts'
import type { HubCounts } from '../fanout/hub-counts.ts'
import type { RefusalReason } from '../front/admission.ts'

/** What a process needs to know of the configuration to serve clients. */
export type ClientConfig = Pick<Config, 'cors' | 'settings'>

/** What the primary process tells a worker: `start`, what is in the log, then clients and frames as they come. */
export type ToWorker =
  | {
      readonly kind: 'start'
      readonly config: ClientConfig
      readonly epoch: string
      /** Number of the first frame that follows. */
      readonly firstNumber: number
      /** URLs that were announced before that frame, too. */
      readonly pointers: readonly string[]
    }
  | { readonly kind: 'frames'; readonly chunked: Uint8Array }
  | { readonly kind: 'chain'; readonly chain: readonly string[] }
  /** A connection comes with it. */
  | { readonly kind: 'client'; readonly number: number }
  | { readonly kind: 'close'; readonly withinMs: number }

/** What a worker tells the primary process. */
export type FromWorker =
  | { readonly kind: 'ready' }
  /** The client of this number has arrived, and all before it. */
  | { readonly kind: 'has'; readonly number: number }
  | { readonly kind: 'counts'; readonly counts: ClientCounts }

/** What one process knows of its clients. */
export interface ClientCounts {
  readonly clients: number
  readonly hub: HubCounts
  readonly refused: Readonly<Record<RefusalReason, number>>
  /** How late the process's event loop has been, in the worst of cases since the last count. */
  readonly loopDelayMs: number
  readonly residentBytes: number
}
