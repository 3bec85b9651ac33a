import type { StageFactory } from '../stages/stage.ts'
import type { ChunkFaults, Framing } from './body.ts'
import type { RequestHead, ResponseHead } from './head.ts'

/** The fault points towards clients, the same for both references. Left out: correct behaviour. */
export interface FrontFaults {
  /** How many connections the kernel queues until they are accepted. */
  readonly queue?: number | undefined
  /**
   * A client has connected. `nth` counts clients from 1, `open` counts the connected ones. `ignore`
   * never reads.
   */
  readonly client?: ((nth: number, open: number) => 'serve' | 'close' | 'ignore') | undefined
  readonly heads?: HeadFaults | undefined
  /** Changes the head of a response, framing included, before it is sent. */
  readonly response?: ((head: ResponseHead, request: RequestHead) => ResponseHead) | undefined
  /** True: holds the head until the first byte of the body. */
  readonly holdsHead?: ((request: RequestHead, response: ResponseHead) => boolean) | undefined
  /** Holds the head for this time, or until the first byte of the body. */
  readonly headDelayMs?: number | undefined
  /** Stages of the body on its way to the client. */
  readonly body?: StageFactory | undefined
  /** Encodes one piece as chunks. */
  readonly chunk?: ((bytes: Buffer) => Buffer) | undefined
  /** Replaces the status line of a response. */
  readonly statusLine?: ((head: ResponseHead) => string) | undefined
  /** Sent after a head, although no client expects content there. */
  readonly afterHead?:
    | ((request: RequestHead, response: ResponseHead) => string | undefined)
    | undefined
  /** True: ends a broken response like a complete one. */
  readonly forgesEnd?: boolean | undefined
}

/** How requests are read. */
export interface HeadFaults {
  /** Rewrites a head before it is parsed, as text without its final blank line. */
  readonly text?: ((text: string, connection: object) => string) | undefined
  /** How the body of a request ends, when the fault changes that. */
  readonly framing?: ((request: RequestHead) => Framing | undefined) | undefined
  /** How a chunked body of a request is read. */
  readonly chunks?: ChunkFaults | undefined
  readonly maxBytes?: number | undefined
  readonly timeoutMs?: number | undefined
  /** True: treats the first read as a whole head. */
  readonly inOneRead?: boolean | undefined
  /** True: answers further requests while the stream is open. */
  readonly answersMeanwhile?: boolean | undefined
  /** What becomes of a stream when more bytes come while it is open. */
  readonly onExtraBytes?: 'close' | 'silence' | undefined
  /** True: ends the connection instead of a refusal. */
  readonly closesOnRefusal?: boolean | undefined
  /** Requests of a connection that are answered. */
  readonly mostRequests?: number | undefined
  /** True: accepts any method and host. */
  readonly anyHost?: boolean | undefined
  /** True: forgets bytes that follow a request in the same read. */
  readonly dropsPipelined?: boolean | undefined
  /** Rejects an empty line before a request: before each, or before the later ones. */
  readonly noLeadingCrlf?: 'each' | 'later' | undefined
  /** The content of a refusal, also in reply to HEAD. */
  readonly refusalPage?: string | undefined
}
