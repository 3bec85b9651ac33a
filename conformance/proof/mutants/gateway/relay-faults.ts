import type { BodyEnd, ChunkFaults } from '../http/body.ts'
import type { FrontFaults } from '../http/front-faults.ts'
import type { RequestHead, ResponseHead } from '../http/head.ts'
import type { ResponseWriter } from '../http/response-writer.ts'
import type { StageFactory } from '../stages/stage.ts'
import type { PoolFaults } from './upstream-pool.ts'

/** How a client disconnected: by FIN or by a reset. */
export type Departure = 'end' | 'reset'

/** What a gateway was doing for a client when it disconnected. */
export interface Situation {
  /** Counts exchanges from 1. */
  readonly nth: number
  readonly headSent: boolean
  /** True: bytes wait until the client reads. */
  readonly blocked: boolean
}

/** A whole response that a gateway remembers. */
export interface Stored {
  readonly response: ResponseHead
  readonly content: Buffer
  readonly end: BodyEnd
}

/** The memory of a gateway that caches. */
export interface Memory {
  find(request: RequestHead): Stored | undefined
  keep(request: RequestHead, stored: Stored): void
}

/** The fault points of the relay besides those of its front. */
export interface RelayFaults extends FrontFaults {
  /** Changes the head of a request before it is sent to the back end. */
  readonly request?: ((head: RequestHead) => RequestHead) | undefined
  /** Changes the text of a request head before it is sent. */
  readonly requestText?: ((text: string) => string) | undefined
  /** Changes a piece of the request's content; `nth` counts the pieces of one request from 1. */
  readonly requestPiece?: ((piece: Buffer, nth: number) => Buffer) | undefined
  /** The target to forward for a whole URL, given what follows its host. */
  readonly wholeUrl?: ((url: string, rest: string) => string) | undefined
  /** True: forwards Host although the request target has another host. */
  readonly hostOfField?: boolean | undefined
  /** True: waits for the whole content of a request before it connects to the back end. */
  readonly holdsRequest?: boolean | undefined
  /** True: reads no response before the content of the request is whole. */
  readonly uploadsFirst?: boolean | undefined
  /** Ends a request whose content takes longer. */
  readonly uploadMs?: number | undefined
  /** True: forwards Max-Forwards as it is. */
  readonly keepsMaxForwards?: boolean | undefined
  /** Changes a request with `holdsRequest`, head and content, before it is sent. */
  readonly heldRequest?: ((bytes: Buffer) => Buffer) | undefined
  /** How often each request is sent to the back end. Default: once. */
  readonly copies?: number | undefined
  /** True: does not answer a client that waits for 100 Continue. */
  readonly ignoresExpect?: boolean | undefined
  /** Parses the head of a response. Undefined: it is malformed. */
  readonly responseHead?: ((text: string) => ResponseHead | undefined) | undefined
  /** What happens to an interim response. Default: it is skipped. */
  readonly interim?: ((request: RequestHead) => 'skip' | 'forward' | 'final') | undefined
  /** Stops reading after this many interim responses. */
  readonly mostInterim?: number | undefined
  /** True: answers 502 then instead. */
  readonly interimsEnd?: boolean | undefined
  /**
   * The request that follows a response, or the lack of one, instead of an answer. `nth` counts
   * them from 1.
   */
  readonly follow?:
    | ((
        request: RequestHead,
        response: ResponseHead | undefined,
        nth: number,
      ) => RequestHead | undefined)
    | undefined
  /** Sent when the back end sends no response. Default: 502. */
  readonly noResponse?: ResponseHead | 'close' | undefined
  /** How a chunked body of the back end is read. */
  readonly chunks?: ChunkFaults | undefined
  /** Changes how a body ended; `lost` when the connection was reset rather than ended. */
  readonly bodyEnd?: ((end: BodyEnd, lost: boolean) => BodyEnd) | undefined
  /** True: waits for content after a response that has none, as after HEAD. */
  readonly waitsForContent?: boolean | undefined
  /** True: waits for content after a 304 response that has a length. */
  readonly waitsAfter304?: boolean | undefined
  /** First stage for the bytes of the back end. Its context has the back end's head. */
  readonly intake?: StageFactory | undefined
  /**
   * Called after each piece. Resolves when the next one may be read. Default: when the client has
   * room.
   */
  readonly room?: ((writer: ResponseWriter) => Promise<void>) | undefined
  /** Handling of the upstream connection when its client disconnects. */
  readonly clientLeft?:
    | ((how: Departure, situation: Situation) => 'close' | 'close-on-write' | 'ignore')
    | undefined
  /** Answers a request without the back end: this body as a finite stream. */
  readonly canned?: ((request: RequestHead) => string | undefined) | undefined
  readonly memory?: Memory | undefined
  /** Keeps connections to the back end. Left out: a new one for each exchange. */
  readonly pool?: PoolFaults | undefined
  /**
   * Resolves when the request may be sent. The returned function is called when its response has
   * ended.
   */
  readonly turn?: ((request: RequestHead) => Promise<() => void>) | undefined
}
