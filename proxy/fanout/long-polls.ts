import type { BoundaryGuard } from '../boundary-guard.ts'
import type { LongPollSettings } from '../config/settings.ts'
import type { Subscriber } from './subscriber.ts'

export interface LongPollsOptions {
  readonly longPoll: LongPollSettings
  readonly guard: BoundaryGuard
  readonly nowMs: () => number
  /** Ends the response. */
  readonly end: (subscriber: Subscriber) => void
}

interface Poll {
  /** Bytes of frames that were written, with chunk framing. */
  bytes: number
  endsAtMs: number
  /** When a burst without a pause is cut; 0 = no frame was written yet. */
  cutAtMs: number
}

/** The rest of a burst is the backlog of the client's next request. */
const LONGEST_BURST_MS = 2000
const CHECK_MS = 25
/** More ends of one check would delay other clients. */
const ENDS_PER_CHECK = 256

/**
 * Ends the responses of clients that can read one only after its end, such as polyfills of
 * `EventSource` on `XMLHttpRequest`. A response ends soon after its last event, when it is large
 * enough, or when it has waited for too long. The client returns with its last event id and gets
 * what it has not read.
 */
export class LongPolls {
  readonly #options: LongPollsOptions
  readonly #polls = new Map<Subscriber, Poll>()
  #check: NodeJS.Timeout | undefined

  constructor(options: LongPollsOptions) {
    this.#options = options
  }

  has(subscriber: Subscriber): boolean {
    return this.#polls.has(subscriber)
  }

  /** The response of this client is to end. Call `remove` when it has ended. */
  begin(subscriber: Subscriber): void {
    const { guard, longPoll, nowMs } = this.#options
    this.#polls.set(subscriber, { bytes: 0, endsAtMs: nowMs() + longPoll.holdMs, cutAtMs: 0 })
    this.#check ??= setInterval(() => guard.run('timer', () => this.#endDue()), CHECK_MS)
  }

  remove(subscriber: Subscriber): void {
    this.#polls.delete(subscriber)
    if (this.#polls.size > 0) return
    clearInterval(this.#check)
    this.#check = undefined
  }

  /** Records frames that were written to any client: `bytes` is their size. */
  wrote(subscriber: Subscriber, bytes: number): void {
    const poll = this.#pollOf(subscriber)
    if (poll === undefined) return
    const nowMs = this.#options.nowMs()
    if (poll.cutAtMs === 0) poll.cutAtMs = nowMs + LONGEST_BURST_MS
    poll.bytes += bytes
    poll.endsAtMs = Math.min(nowMs + this.#options.longPoll.quietMs, poll.cutAtMs)
  }

  /**
   * The client waits for its announcement, which has a deadline of its own. Without its id the
   * client would return as the one that missed events, again and again.
   */
  awaitAnnouncement(subscriber: Subscriber): void {
    const poll = this.#pollOf(subscriber)
    if (poll !== undefined) poll.endsAtMs = Number.POSITIVE_INFINITY
  }

  /** Whether nothing more may be written. */
  isFull(subscriber: Subscriber): boolean {
    const poll = this.#pollOf(subscriber)
    return poll !== undefined && poll.bytes >= this.#options.longPoll.maxBytes
  }

  /** Every write to any client comes here: without long polls it costs no look-up. */
  #pollOf(subscriber: Subscriber): Poll | undefined {
    return this.#polls.size === 0 ? undefined : this.#polls.get(subscriber)
  }

  #endDue(): void {
    const nowMs = this.#options.nowMs()
    let ends = 0
    for (const [subscriber, { endsAtMs }] of this.#polls) {
      if (endsAtMs > nowMs || subscriber.isEnded) continue
      this.#options.end(subscriber)
      ends += 1
      if (ends === ENDS_PER_CHECK) return
    }
  }
}
