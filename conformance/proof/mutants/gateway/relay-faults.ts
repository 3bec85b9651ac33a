import type { FrontFaults } from '../http/front-faults.ts'
import type { RequestHead } from '../http/head.ts'
import type { StageFactory } from '../stages/stage.ts'

/** How a client disconnected: by FIN or by a reset. */
export type Departure = 'end' | 'reset'

/** The fault points of the relay besides those of its front. */
export interface RelayFaults extends FrontFaults {
  /** Changes the head of a request before it is sent to the back end. */
  readonly request?: ((head: RequestHead) => RequestHead) | undefined
  /** First stage for the bytes of the back end. Its context has the back end's head. */
  readonly intake?: StageFactory | undefined
  /** Handling of the upstream connection when its client disconnects. `nth` counts exchanges from 1. */
  readonly clientLeft?:
    | ((how: Departure, nth: number) => 'close' | 'close-on-write' | 'ignore')
    | undefined
  /** Answers a request without the back end: this body as a finite stream. */
  readonly canned?: ((request: RequestHead) => string | undefined) | undefined
}
