import type { FrontFaults } from '../http/front-faults.ts'
import type { RequestHead } from '../http/head.ts'
import type { StageFactory } from '../stages/stage.ts'

/** How a client left: by a proper end, or by a reset. */
export type Departure = 'end' | 'reset'

/** The fault points of the relay beside those of its front. */
export interface RelayFaults extends FrontFaults {
  /** The head of a request just before it goes to the back end. */
  readonly request?: ((head: RequestHead) => RequestHead) | undefined
  /** What the bytes of the back end pass first; its context has the head that the back end sent. */
  readonly intake?: StageFactory | undefined
  /** What becomes of the upstream connection when its client leaves; `nth` counts exchanges from 1. */
  readonly clientLeft?:
    | ((how: Departure, nth: number) => 'close' | 'close-on-write' | 'ignore')
    | undefined
  /** A request that is answered without asking the back end: this body as a stream that ends. */
  readonly canned?: ((request: RequestHead) => string | undefined) | undefined
}
