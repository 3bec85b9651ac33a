import type { StageFactory } from '../stages/stage.ts'
import type { Framing } from './body.ts'
import type { RequestHead, ResponseHead } from './head.ts'

/** The fault points on the side of the clients: the same for both references. Left out means: done right. */
export interface FrontFaults {
  /** A client has connected; `nth` counts them from 1, `open` counts those that are there. `ignore` never reads. */
  readonly client?: ((nth: number, open: number) => 'serve' | 'close' | 'ignore') | undefined
  readonly heads?: HeadFaults | undefined
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
  /** Sent after the head of an answer to HEAD. */
  readonly headBody?: string | undefined
  /** True ends a broken response as if it were complete. */
  readonly forgesEnd?: boolean | undefined
}

/** How requests are read. */
export interface HeadFaults {
  /** What a head is taken to say, as text without its final blank line. */
  readonly text?: ((text: string) => string) | undefined
  /** What ends the body of a request, where that is judged otherwise than it should be. */
  readonly framing?: ((request: RequestHead) => Framing | undefined) | undefined
  readonly maxBytes?: number | undefined
  readonly timeoutMs?: number | undefined
  /** True takes what the first read brings for a whole head. */
  readonly inOneRead?: boolean | undefined
  /** True answers what a client sends while its stream is open. */
  readonly answersMeanwhile?: boolean | undefined
  /** True lets a method or host be of any form. */
  readonly anyHost?: boolean | undefined
  /** True takes an empty line before a request for a mistake. */
  readonly noLeadingCrlf?: boolean | undefined
}
