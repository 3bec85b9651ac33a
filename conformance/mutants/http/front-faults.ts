import type { StageFactory } from '../stages/stage.ts'
import type { RequestHead, ResponseHead } from './head.ts'

/** The fault points on the side of the clients: the same for both references. Left out means: done right. */
export interface FrontFaults {
  /** A client has connected; `nth` counts them from 1. `ignore` never reads from it. */
  readonly client?: ((nth: number) => 'serve' | 'close' | 'ignore') | undefined
  /** The head of a response, framing included, just before it is sent. */
  readonly response?: ((head: ResponseHead, request: RequestHead) => ResponseHead) | undefined
  /** True keeps the head back until the first byte of the body. */
  readonly holdsHead?: ((request: RequestHead) => boolean) | undefined
  /** Keeps the head back for so long, or until the first byte of the body. */
  readonly headDelayMs?: number | undefined
  /** What the body passes on its way to the client. */
  readonly body?: StageFactory | undefined
  /** Puts one piece into chunked coding. */
  readonly chunk?: ((bytes: Buffer) => Buffer) | undefined
  /** True ends a broken response as if it were complete. */
  readonly forgesEnd?: boolean | undefined
}
