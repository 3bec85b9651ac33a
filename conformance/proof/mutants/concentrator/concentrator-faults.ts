import type { BackendSettings } from '../../../runner/target.ts'
import type { ChunkSizeReader } from '../http/body.ts'
import type { FrontFaults } from '../http/front-faults.ts'
import type { RequestHead, ResponseHead } from '../http/head.ts'
import type { StageFactory } from '../stages/stage.ts'
import type { Frame } from './event-log.ts'
import type { AdminAnswer } from './front/admin.ts'
import type { CorsFaults } from './front/cors.ts'
import type { ConcentratorLimits } from './limits.ts'
import type { PollFaults } from './long-poll.ts'
import type { RowFault } from './row.ts'
import type { CookieFault, HostCookies } from './upstream/backend-request.ts'
import type { FrameSplitter } from './upstream/frame-splitter.ts'
import type { VendorFileFaults } from './vendor-file/read-vendor-file.ts'

/** What fault points know about a client. */
export interface Member {
  /** Counts clients from 1. */
  readonly nth: number
  readonly request: RequestHead
  /** Frames appended to the log before this client came. */
  readonly joinedAfter: number
}

/** Why a back end was lost: it ended its stream, the connection broke, or it sent no stream. */
export type Loss = 'complete' | 'cut' | 'refused'

/** The fault points of the concentrator besides those of its front. Left out: correct behaviour. */
export interface ConcentratorFaults extends FrontFaults {
  readonly backend?: BackendFaults | undefined
  readonly log?: LogFaults | undefined
  readonly member?: MemberFaults | undefined
  /** Of responses that end after their events. */
  readonly poll?: PollFaults | undefined
  readonly admin?: ((request: RequestHead, right: AdminAnswer) => AdminAnswer) | undefined
  /** Faults of the shutdown. */
  readonly stop?: StopFault | undefined
  /** What the death of a worker causes besides disconnecting its clients. */
  readonly workerDeath?: WorkerDeathFault | undefined
  /** What is wrong with the second front, or with the log that both share. */
  readonly row?: RowFault | undefined
  /** Limits that differ from the claimed ones. */
  readonly limits?: Partial<ConcentratorLimits> | undefined
  /** True: keeps reading from itself. */
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
  | 'waits-for-clients'

type WorkerDeathFault = 'cuts-all' | 'loses-log' | 'reopens-upstreams' | 'is-final'

/** Towards the back ends. */
export interface BackendFaults {
  /** When upstream connections are opened: at start, or by the first client. */
  readonly opens?: 'at-start' | 'with-first-client' | undefined
  /** What happens to them when the last client disconnects. */
  readonly whenAlone?: 'keep' | 'reconnect' | 'disconnect' | undefined
  /** True: opens one more upstream connection for each client. */
  readonly perClient?: boolean | undefined
  readonly request?:
    | ((
        head: RequestHead,
        settings: BackendSettings,
        lastClient: RequestHead | undefined,
      ) => RequestHead)
    | undefined
  readonly redirect?:
    | 'refuse'
    | 'with-credentials'
    | 'only-302'
    | 'for-ever'
    | 'joins-path'
    | undefined
  /** How long 301 and 308 replace the URL of a back end. Default: they do not. */
  readonly redirectMemory?: 'for-ever' | 'until-refused' | undefined
  readonly cookies?: CookieFault | undefined
  /** True: one cookie jar for all back ends. */
  readonly jar?: HostCookies | undefined
  /** Decides which response is a stream. */
  readonly accepts?: ((response: ResponseHead) => boolean) | undefined
  /** Stage that the bytes of one connection pass before they are split into frames. */
  readonly intake?: StageFactory | undefined
  /** Reaction to the loss of back end `index`. Default: retry. */
  readonly lost?: ((how: Loss, index: number) => 'retry' | 'give-up' | 'end-clients') | undefined
  /**
   * Wait before a retry of a lost back end. Attempts count from 0. `firstMs` is the value of its
   * `retry` field.
   */
  readonly waitMs?: ((attempt: number, firstMs: number) => number) | undefined
  /** A response with this status is followed by the next request at once. */
  readonly impatientAfter?: number | undefined
  /** Counts the attempts of all back ends together. */
  readonly attempts?: { count: number } | undefined
  /** False: a success does not reset the number of attempts. */
  readonly resetsBackoff?: boolean | undefined
  /**
   * How a `retry` field is obeyed. `from-zero`: without a shortest wait. `overflows`: longer than a
   * timer can run. `guessed`: also when it is not a number.
   */
  readonly retryField?: 'ignored' | 'unbounded' | 'from-zero' | 'overflows' | 'guessed' | undefined
  /** True: forwards `retry` fields with any value. */
  readonly forwardsAnyRetry?: boolean | undefined
  /** `final-when-bad`: stays away for long after one that is neither seconds nor a date. */
  readonly retryAfter?: 'ignored' | 'guessed' | 'seconds-only' | 'final-when-bad' | undefined
  /** The first wait of all back ends together. */
  readonly firstWait?: { ms: number } | undefined
  /** Longest wait for a response head; 0 waits for ever. */
  readonly headTimeoutMs?: number | undefined
  /** `final` treats the first response as the final one. */
  readonly interim?: 'final' | undefined
  /** Stops reading after this many interim responses. */
  readonly mostInterim?: number | undefined
  /** True: disconnects then instead. */
  readonly interimsEnd?: boolean | undefined
  /** `restarts`: the wait for the head starts over with each byte. */
  readonly headTimer?: 'restarts' | undefined
  /** What ends a response: only its connection, or everything but its length. */
  readonly ends?: 'with-connection' | 'without-length' | undefined
  readonly chunkSize?: ChunkSizeReader | undefined
  /** True: takes what one read returns for the line that begins a chunk. */
  readonly chunkSizeInOneRead?: boolean | undefined
  /** True: reads nothing of a chunk before all of it has come. */
  readonly wholeChunks?: boolean | undefined
  /** Index of the splitter that gets the bytes of a connection, instead of its own. */
  readonly splitter?: ((own: FrameSplitter) => FrameSplitter) | undefined
  readonly maxFrameBytes?: number | undefined
  /** `at-once`: an open stream is a success before it has lasted. */
  readonly success?: 'at-once' | undefined
  /** True: ids of any length are sent back. */
  readonly anyId?: boolean | undefined
  /** True: an id that the back end has refused is sent back. */
  readonly refusedId?: boolean | undefined
  /** True: an id with NUL is a valid one. */
  readonly nulIds?: boolean | undefined
  /** True: forwards the back end's ids after its own. */
  readonly forwardsIds?: boolean | undefined
  /** `silent`: no client learns that events may have been missed. */
  readonly outage?: 'silent' | undefined
  /** The `Last-Event-ID` to send, given the right one. */
  readonly lastEventId?: ((right: string) => string) | undefined
  /** True: an id counts before its event is complete. */
  readonly idsAtOnce?: boolean | undefined
  /** True: an empty id does not reset the last one. */
  readonly keepsIdOnReset?: boolean | undefined
  /** Silence after which a connection is replaced. */
  readonly silenceMs?: number | undefined
  /** True: a silent connection is kept and forwarded, beside the one that replaces it. */
  readonly keepsSilent?: boolean | undefined
  /** True: connections to back ends end with a reset. */
  readonly resets?: boolean | undefined
  /** Functions that disconnect from each back end: an endless event of one calls all. */
  readonly overflowOfAll?: Set<() => void> | undefined
  /** Functions that restart the silence timeout of each back end: any byte restarts all. */
  readonly silenceOfAll?: Set<() => void> | undefined
  /** False: these bytes do not reset the silence timeout. */
  readonly soundsAlive?: ((bytes: Buffer) => boolean) | undefined
}

/** Into the log and out of it. */
interface LogFaults {
  readonly id?: ((sequence: number) => string) | undefined
  /** How many frames the log keeps, when that is less than its limit. */
  readonly maxFrames?: number | undefined
  /** Frames that the log keeps beyond its limit, and then evicts at once. */
  readonly spareFrames?: number | undefined
  /** Frames to append for one frame. `sequence` counts frames from 1. */
  readonly append?: ((frame: Frame, sequence: number) => readonly Frame[]) | undefined
  /** The id to use instead of the one that a client sent. */
  readonly lastEventId?: ((asked: string, request: RequestHead) => string) | undefined
  /**
   * The replay of a reconnecting client. `missed` is undefined when the id is not in the log; the
   * result may be undefined then, too.
   */
  readonly replay?:
    | ((
        missed: readonly Frame[] | undefined,
        all: readonly Frame[],
        lastEventId: string,
      ) => readonly Frame[] | undefined)
    | undefined
  /** Frames that a client without `Last-Event-ID` gets before the next event. */
  readonly greeting?: ((all: readonly Frame[]) => readonly Frame[]) | undefined
  /**
   * Frames for a client with an unknown id, given the right ones: the gap event, then every known
   * change log.
   */
  readonly resync?: ((right: readonly Frame[]) => readonly Frame[]) | undefined
  /** True: the log is emptied when a back end is lost. */
  readonly endsWithBackEnd?: boolean | undefined
  /** True: every client gets a resync as soon as one needs it. */
  readonly resyncsAll?: boolean | undefined
}

/** Between the log and the clients. */
interface MemberFaults {
  /** A response instead of the stream. */
  readonly answer?:
    | ((request: RequestHead, streaming: readonly boolean[]) => ResponseHead | 'stream' | undefined)
    | undefined
  readonly delivers?: ((frame: Frame, member: Member) => boolean) | undefined
  /** True: drops new frames while a client has unread bytes. */
  readonly dropsWhenSlow?: boolean | undefined
  /** False: streams do not begin with an id. */
  readonly earlyId?: boolean | undefined
  /** True: a client that resets its connection disconnects all others. */
  readonly resetEndsAll?: boolean | undefined
  /** Handling of clients over the limit. */
  readonly whenFull?: 'serve' | 'end-oldest' | undefined
  /** How a replay is divided. */
  readonly piece?: { readonly frames: number; readonly everyMs: number } | undefined
  /** `wait`: every client waits for the slowest one. */
  readonly slow?: 'drop' | 'wait' | undefined
  readonly heartbeatMs?: number | undefined
  readonly heartbeat?: string | undefined
  /** Which clients get heartbeats, and until when. */
  readonly beats?: 'to-first-only' | 'until-one-leaves' | undefined
  /** True: each request with HEAD counts as a client. */
  readonly headTakesPlace?: boolean | undefined
  /** How many heartbeats are sent. */
  readonly heartbeats?: number | undefined
  /** Bytes before everything else in a stream. */
  readonly opening?: Buffer | undefined
  /** False: events get no ids of the concentrator. */
  readonly ids?: boolean | undefined
  /** True: ids come after the fields of an event. */
  readonly idLast?: boolean | undefined
  /** Subscribes a client this long after its response head. */
  readonly joinsAfterMs?: number | undefined
  /** True: a stream on a later request of a connection gets no events. */
  readonly secondRequestDeaf?: boolean | undefined
}
