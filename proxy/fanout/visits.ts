import type { BoundaryGuard } from '../boundary-guard.ts'
import type { FrameLog } from './frame-log.ts'
import type { SubscriberList } from './subscriber-list.ts'
import type { Subscriber } from './subscriber.ts'

export interface VisitsOptions {
  readonly subscribers: SubscriberList
  readonly log: FrameLog
  readonly guard: BoundaryGuard
  readonly nowMs: () => number
  /** Disconnects the client whose visit threw. */
  readonly onException: (subscriber: Subscriber) => void
}

type Visit = (subscriber: Subscriber) => void

/** Visits subscribers in slices. An exception disconnects one client, and all others are visited. */
export class Visits {
  readonly #options: VisitsOptions
  #nowMs: number

  constructor(options: VisitsOptions) {
    this.#options = options
    this.#nowMs = options.nowMs()
  }

  /** The time, read once per slice. */
  get nowMs(): number {
    return this.#nowMs
  }

  /** Reads the time. */
  readTime(): number {
    this.#nowMs = this.#options.nowMs()
    return this.#nowMs
  }

  /** Visits all subscribers. Then the log is trimmed. */
  async all(visit: Visit): Promise<void> {
    const { subscribers, log, guard, nowMs } = this.#options
    await guard.runAsync('timer', async () => {
      await subscribers.visit(
        (subscriber) => this.one(subscriber, visit),
        () => void this.readTime(),
      )
      log.trim(nowMs())
    })
  }

  one(subscriber: Subscriber, visit: Visit): void {
    try {
      visit(subscriber)
    } catch (error) {
      this.#options.guard.record('client', error)
      this.#options.onException(subscriber)
    }
  }
}
