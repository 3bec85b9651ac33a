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
  'announcedUrls' | 'announceSpreadMs' | 'checkUrls' | 'earlyId' | 'guard'
> {
  readonly log: FrameLog
  readonly polls: LongPolls
  readonly counts: HubCounts
  /** The known URLs are checked: subscribers whose turn has come are to be visited. */
  readonly onChecked: () => void
}

/** Shortest time between two checks of the known URLs. */
export const CHECK_AGAIN_MS = 10_000
/** Longest time that clients wait for a check. */
const LONGEST_CHECK_MS = 5000

/**
 * Announces the known URLs to single clients that missed events, one client after the other. The
 * first of them in a while, and those that come meanwhile, wait until the URLs are checked.
 */
export class Announcer {
  readonly #options: AnnouncerOptions
  readonly #turns: AnnouncementTurns
  #checkAgainMs = 0
  /** Until then nothing is announced, because the URLs are being checked. */
  #checkedByMs = 0

  constructor(options: AnnouncerOptions) {
    this.#options = options
    this.#turns = new AnnouncementTurns(options.announceSpreadMs)
  }

  /**
   * A client that missed events gets the announcement before any other frame, and no id until then.
   * If its connection breaks while it waits for its turn, it returns with the id that it had.
   */
  schedule(subscriber: Subscriber, nowMs: number): void {
    this.#check(nowMs)
    const turnMs = this.#turns.next(nowMs)
    if (turnMs === nowMs && nowMs >= this.#checkedByMs) this.announce(subscriber)
    else {
      subscriber.announceAtMs = turnMs
      this.#options.polls.awaitAnnouncement(subscriber)
    }
  }

  /** Whether this client waits for its announcement, and has its turn. */
  isDue({ announceAtMs }: Subscriber, nowMs: number): boolean {
    return announceAtMs !== 0 && nowMs >= announceAtMs && nowMs >= this.#checkedByMs
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

  #check(nowMs: number): void {
    const { announcedUrls, checkUrls, guard, onChecked } = this.#options
    if (checkUrls === undefined || announcedUrls === undefined || announcedUrls.size === 0) return
    if (nowMs < this.#checkAgainMs) return
    this.#checkAgainMs = nowMs + CHECK_AGAIN_MS
    this.#checkedByMs = nowMs + LONGEST_CHECK_MS
    const finish = (): void => {
      this.#checkedByMs = 0
      onChecked()
    }
    void guard.runAsync('timer', async () => {
      await checkUrls().finally(finish)
    })
  }
}
