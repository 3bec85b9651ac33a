import type { BoundaryGuard } from '../boundary-guard.ts'
import type { LongPollSettings } from '../config/settings.ts'
import type { EndedStream } from '../log/ended-stream.ts'
import type { AnnouncedUrls } from './announced-urls.ts'
import type { FrameLog } from './frame-log.ts'

export interface HubOptions {
  readonly log: FrameLog
  readonly guard: BoundaryGuard
  /** Silence after which a client gets a comment; 0 = never. */
  readonly heartbeatMs: number
  /** How long a socket may accept no bytes before the client is disconnected. */
  readonly stallMs: number
  /**
   * Whether a client without an id gets the newest one in a block without data: at first, and after
   * a gap.
   */
  readonly earlyId: boolean
  readonly longPoll: LongPollSettings
  /** Longest duration of a stream, each one randomly shortened a little; 0 = no limit. */
  readonly maxStreamMs: number
  /**
   * At shutdown the reconnects of the clients are spread over this time, and so are the ends of
   * streams after `drainMs`.
   */
  readonly returnSpreadMs: number
  /** Each stream begins with a random time to reconnect after, up to this longer; 0 = none. */
  readonly crashSpreadMs: number
  /**
   * URLs that are announced again to clients that missed events; undefined = they get only the gap
   * event.
   */
  readonly announcedUrls: AnnouncedUrls | undefined
  /**
   * Settles when the back ends have said which of the known change logs have ended, and these are
   * forgotten; undefined = they are not asked.
   */
  readonly checkUrls?: (() => Promise<void>) | undefined
  /** Announcements to clients that return at the same time are spread over at most this time. */
  readonly announceSpreadMs: number
  /**
   * How far the log may be behind those of other processes with the same ids; 0 = there are none.
   */
  readonly lagMs: number
  /** A stream has ended; undefined = there is no request log. */
  readonly onStreamEnd?: ((stream: EndedStream) => void) | undefined
  readonly nowMs: () => number
  /** 0 <= random() < 1. */
  readonly random: () => number
}
