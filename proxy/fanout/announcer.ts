import { encodeChunk } from '../sse/chunk.ts'
import { AnnouncementTurns } from './announcement-turns.ts'
import type { FrameLog } from './frame-log.ts'
import type { HubCounts } from './hub-counts.ts'
import type { HubOptions } from './hub-options.ts'
import type { LongPolls } from './long-polls.ts'
import { idFrame } from './stream-start.ts'
import type { Subscriber } from './subscriber.ts'

export interface AnnouncerOptions extends Pick<
  HubOptions,
  'announcedUrls' | 'announceSpreadMs' | 'earlyId'
> {
  readonly log: FrameLog
  readonly polls: LongPolls
  readonly counts: HubCounts
}

/** Announces the known URLs to single clients that missed events, one client after the other. */
export class Announcer {
  readonly #options: AnnouncerOptions
  readonly #turns: AnnouncementTurns

  constructor(options: AnnouncerOptions) {
    this.#options = options
    this.#turns = new AnnouncementTurns(options.announceSpreadMs)
  }

  /**
   * A client that missed events gets the announcement before any other frame, and no id until then.
   * If its connection breaks while it waits for its turn, it returns with the id that it had.
   */
  schedule(subscriber: Subscriber, nowMs: number): void {
    const turnMs = this.#turns.next(nowMs)
    if (turnMs === nowMs) this.announce(subscriber)
    else {
      subscriber.announceAtMs = turnMs
      this.#options.polls.awaitAnnouncement(subscriber)
    }
  }

  /** Announces the URLs to this client now. */
  announce(subscriber: Subscriber): void {
    const { announcedUrls, earlyId, log, polls, counts } = this.#options
    const { framing } = subscriber
    subscriber.announceAtMs = 0
    polls.wrote(subscriber, 0)
    if (announcedUrls !== undefined && announcedUrls.size > 0) {
      subscriber.write(announcedUrls.announcement(framing))
      counts.announced += 1
    }
    const wantsId = earlyId || polls.has(subscriber)
    if (!wantsId || subscriber.cursor < log.headPosition) return
    const block = idFrame(log.lastId)
    if (block !== '') subscriber.write(framing === 'chunked' ? encodeChunk(block) : block)
  }
}
