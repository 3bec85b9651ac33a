import type { BackendSettings } from '../../../runner/target.ts'
import type { ChunkSizeReader } from '../http/body.ts'
import type { FrontFaults } from '../http/front-faults.ts'
import type { RequestHead, ResponseHead } from '../http/head.ts'
import type { StageFactory } from '../stages/stage.ts'
import type { Frame } from './event-log.ts'
import type { AdminAnswer } from './front/admin.ts'
import type { CorsFaults } from './front/cors.ts'
import type { ConcentratorLimits } from './limits.ts'
import type { CookieJar } from './upstream/backend-request.ts'
import type { FrameSplitter } from './upstream/frame-splitter.ts'
import type { VendorFileFaults } from './vendor-file/read-vendor-file.ts'

/** What the fault points may know of a client when they decide over it. */
export interface Member {
  /** Counts clients from 1. */
  readonly nth: number
  readonly request: RequestHead
  /** Frames appended to the log before this client came. */
  readonly joinedAfter: number
}

/** How a back end was lost: it ended its stream, the connection broke, or there was no stream. */
export type Loss = 'complete' | 'cut' | 'refused'

/** The fault points of the concentrator beside those of its front. Left out means: done right. */
export interface ConcentratorFaults extends FrontFaults {
  readonly backend?: BackendFaults | undefined
  readonly log?: LogFaults | undefined
  readonly member?: MemberFaults | undefined
  readonly admin?: ((request: RequestHead, right: AdminAnswer) => AdminAnswer) | undefined
  /** What a stop leaves undone, or does otherwise. */
  readonly stop?: StopFault | undefined
  /** What the death of a worker does beyond cutting its clients. */
  readonly workerDeath?: WorkerDeathFault | undefined
  /** Numbers that are kept otherwise than claimed. */
  readonly limits?: Partial<ConcentratorLimits> | undefined
  /** True reads from itself for ever. */
  readonly joinsItself?: boolean | undefined
  readonly cors?: CorsFaults | undefined
  readonly vendorFile?: VendorFileFaults | undefined
}

type StopFault =
  | 'cuts-clients'
  | 'leaves-upstreams'
  | 'without-retry'
  | 'same-retry'
  | 'slowly'
  | 'goes-on-accepting'

type WorkerDeathFault = 'cuts-all' | 'loses-log' | 'reopens-upstreams' | 'is-final'

/** Towards the back ends. */
export interface BackendFaults {
  /** When upstream connections are opened: at start, or by the first client. */
  readonly opens?: 'at-start' | 'with-first-client' | undefined
  /** What the last client that leaves does to them. */
  readonly whenAlone?: 'keep' | 'reconnect' | undefined
  /** True opens one more upstream connection for each client. */
  readonly perClient?: boolean | undefined
  readonly request?:
    | ((
        head: RequestHead,
        settings: BackendSettings,
        lastClient: RequestHead | undefined,
      ) => RequestHead)
    | undefined
  readonly redirect?: 'refuse' | 'with-credentials' | 'only-302' | 'for-ever' | undefined
  readonly cookies?: 'none' | undefined
  /** One jar for all back ends. */
  readonly jar?: CookieJar | undefined
  /** Decides which answer is a stream. */
  readonly accepts?: ((response: ResponseHead) => boolean) | undefined
  /** What the bytes of one connection pass before they are cut into frames. */
  readonly intake?: StageFactory | undefined
  /** What the loss of back end `index` leads to; by default it is tried again. */
  readonly lost?: ((how: Loss, index: number) => 'retry' | 'give-up' | 'end-clients') | undefined
  /** How long to wait before a lost back end is tried again; attempts count from 0, `firstMs` is what it asked for by `retry`. */
  readonly waitMs?: ((attempt: number, firstMs: number) => number) | undefined
  /** False keeps counting attempts after a success. */
  readonly resetsBackoff?: boolean | undefined
  readonly retryField?: 'ignored' | undefined
  readonly retryAfter?: 'ignored' | undefined
  /** Longest wait for a response head; 0 waits for ever. */
  readonly headTimeoutMs?: number | undefined
  /** `final` takes the first answer for the last one. */
  readonly interim?: 'final' | undefined
  readonly chunkSize?: ChunkSizeReader | undefined
  /** Which splitter the bytes of a connection go to, instead of their own. */
  readonly splitter?: ((own: FrameSplitter) => FrameSplitter) | undefined
  readonly maxFrameBytes?: number | undefined
  /** What is sent as `Last-Event-ID`, given what is right. */
  readonly lastEventId?: ((right: string) => string) | undefined
  /** True lets an id count before its event is complete. */
  readonly idsAtOnce?: boolean | undefined
  /** True does not forget an id when the back end resets it. */
  readonly keepsIdOnReset?: boolean | undefined
  /** Silence after which a connection is replaced. */
  readonly silenceMs?: number | undefined
  /** False: these bytes are no sign of life. */
  readonly soundsAlive?: ((bytes: Buffer) => boolean) | undefined
}

/** On the way into the log and out of it again. */
interface LogFaults {
  readonly id?: ((sequence: number) => string) | undefined
  /** What is appended for one frame; `sequence` counts frames from 1. */
  readonly append?: ((frame: Frame, sequence: number) => readonly Frame[]) | undefined
  /** What a client that asks for a replay is taken to have asked for. */
  readonly lastEventId?: ((asked: string, request: RequestHead) => string) | undefined
  /** What a returning client gets; `missed` is undefined when the id is not in the log, and then so may be the answer. */
  readonly replay?:
    | ((
        missed: readonly Frame[] | undefined,
        all: readonly Frame[],
        lastEventId: string,
      ) => readonly Frame[] | undefined)
    | undefined
  /** What a client without `Last-Event-ID` gets before the next event. */
  readonly greeting?: ((all: readonly Frame[]) => readonly Frame[]) | undefined
  /** What a client with an unknown id gets, given what is right: the gap event, then every pointer. */
  readonly resync?: ((right: readonly Frame[]) => readonly Frame[]) | undefined
  /** True gives a resync to everybody as soon as one client needs it. */
  readonly resyncsAll?: boolean | undefined
}

/** Between the log and the clients. */
interface MemberFaults {
  /** An answer given instead of the stream. */
  readonly answer?:
    | ((request: RequestHead, streaming: readonly boolean[]) => ResponseHead | 'stream' | undefined)
    | undefined
  readonly delivers?: ((frame: Frame, member: Member) => boolean) | undefined
  /** True drops what comes while a client has not taken all. */
  readonly dropsWhenSlow?: boolean | undefined
  /** False: streams do not begin with an id. */
  readonly earlyId?: boolean | undefined
  /** A client that resets its connection takes all others with it. */
  readonly resetEndsAll?: boolean | undefined
  /** What happens to clients beyond the limit. */
  readonly whenFull?: 'serve' | 'end-oldest' | undefined
  /** `wait` makes everybody wait for the slowest client. */
  readonly slow?: 'drop' | 'wait' | undefined
  readonly heartbeatMs?: number | undefined
  readonly heartbeat?: string | undefined
}
