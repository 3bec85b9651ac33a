import type { BackendSettings } from '../../runner/target.ts'
import type { FrontFaults } from '../http/front-faults.ts'
import type { RequestHead, ResponseHead } from '../http/head.ts'
import type { StageFactory } from '../stages/stage.ts'
import type { Frame } from './event-log.ts'
import type { AdminAnswer } from './front/admin.ts'
import type { CookieJar } from './upstream/backend-request.ts'

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
  /** What a stop leaves undone. */
  readonly stop?: 'cuts-clients' | 'leaves-upstreams' | undefined
}

/** Towards the back ends. */
export interface BackendFaults {
  /** When upstream connections are opened: at start, or by the first client. */
  readonly opens?: 'at-start' | 'with-first-client' | undefined
  /** What the last client that leaves does to them. */
  readonly whenAlone?: 'keep' | 'reconnect' | undefined
  /** True opens one more upstream connection for each client. */
  readonly perClient?: boolean | undefined
  readonly request?: ((head: RequestHead, settings: BackendSettings) => RequestHead) | undefined
  readonly redirect?: 'refuse' | 'with-credentials' | undefined
  readonly cookies?: 'none' | undefined
  /** One jar for all back ends. */
  readonly jar?: CookieJar | undefined
  /** Decides which answer is a stream. */
  readonly accepts?: ((response: ResponseHead) => boolean) | undefined
  /** What the bytes of one connection pass before they are cut into frames. */
  readonly intake?: StageFactory | undefined
  /** What the loss of back end `index` leads to; by default it is tried again. */
  readonly lost?: ((how: Loss, index: number) => 'retry' | 'give-up' | 'end-clients') | undefined
  /** How long to wait before a lost back end is tried again; attempts count from 0. */
  readonly waitMs?: ((attempt: number) => number) | undefined
  /** False goes on counting attempts after a success. */
  readonly resetsBackoff?: boolean | undefined
  readonly retryField?: 'ignored' | undefined
  /** Longest wait for a response head; 0 waits for ever. */
  readonly headTimeoutMs?: number | undefined
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
  readonly answer?: ((request: RequestHead) => ResponseHead | 'stream' | undefined) | undefined
  readonly delivers?: ((frame: Frame, member: Member) => boolean) | undefined
  /** `wait` makes everybody wait for the slowest client. */
  readonly slow?: 'drop' | 'wait' | undefined
  readonly heartbeatMs?: number | undefined
  readonly heartbeat?: string | undefined
}
