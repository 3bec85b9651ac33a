import type { Logger } from 'pino'

import type { BoundaryGuard } from '../boundary-guard.ts'
import type { AnnouncedUrls } from '../fanout/announced-urls.ts'
import type { FrameLog } from '../fanout/frame-log.ts'
import type { EndedStream } from '../log/ended-stream.ts'
import type { ClientConfig } from './messages.ts'
import type { NameChain } from './name-chain.ts'
import type { WorkerLink, WorkerLinkOptions } from './worker-link.ts'

/** Moves the clients of a pool to another process, or from there. */
export interface PoolMover {
  /** The worker takes messages now. */
  readonly started?: (link: WorkerLink) => void
  readonly ended: (link: WorkerLink) => void
  readonly leaving?: WorkerLinkOptions['onLeaving']
  readonly arriving?: WorkerLinkOptions['onArriving']
}

export interface WorkerPoolOptions {
  readonly config: ClientConfig
  readonly processes: number
  /** The program and its arguments that make a process a worker: see `runWorker`. */
  readonly program: readonly string[]
  readonly epoch: string
  /** The last event id of the run before. */
  readonly predecessor?: string | undefined
  readonly log: FrameLog
  /** What is announced again to clients that missed events; undefined = nothing. */
  readonly announcedUrls: AnnouncedUrls | undefined
  /** Settles when the change logs that have ended are forgotten; default: nothing is checked. */
  readonly checkUrls?: (() => Promise<void>) | undefined
  readonly chain: NameChain
  readonly guard: BoundaryGuard
  readonly logger: Logger
  /** A stream has ended; undefined = there is no request log. */
  readonly onStreamEnd?: ((stream: EndedStream) => void) | undefined
  readonly nowMs: () => number
  /** Whether each worker starts only when `startWorker` is called; default: no. */
  readonly startsLater?: boolean
  /** Finds a port for connectors with port 0; default `findFreePort`. */
  readonly findPort?: (host: string) => Promise<number>
}
