import type { Announcer } from './announcer.ts'
import type { FrameLog } from './frame-log.ts'
import type { HeartbeatSchedule } from './heartbeats.ts'
import type { Subscriber } from './subscriber.ts'

/** What is due for a subscriber; `gone` = its client has not read the end of its stream. */
export type Due =
  | 'gone'
  | 'fell-behind'
  | 'stalled'
  | 'age'
  | 'announcement'
  | 'heartbeat'
  | 'idle'
  | 'nothing'

export interface TimeoutsOptions {
  readonly log: FrameLog
  readonly announcer: Announcer
  readonly heartbeats: HeartbeatSchedule
  /** How long a socket may accept no bytes before the client is disconnected. */
  readonly stallMs: number
}

/** Decides what is due for a subscriber at a visit. One thing at a time: the most urgent one. */
export class Timeouts {
  readonly #options: TimeoutsOptions

  constructor(options: TimeoutsOptions) {
    this.#options = options
  }

  due(subscriber: Subscriber, nowMs: number): Due {
    const { log, announcer, heartbeats, stallMs } = this.#options
    const { idleMs, endsAtMs } = subscriber
    const silentMs = nowMs - subscriber.lastWriteMs
    // A client has this long to read the end and to close its side.
    if (subscriber.isEnded) return silentMs >= stallMs ? 'gone' : 'nothing'
    if (subscriber.cursor < log.tailPosition) return 'fell-behind'
    if (subscriber.isStalled) {
      const limitMs = idleMs === 0 ? stallMs : Math.min(stallMs, idleMs)
      return nowMs - subscriber.stalledSinceMs >= limitMs ? 'stalled' : 'nothing'
    }
    if (endsAtMs !== 0 && nowMs >= endsAtMs) return 'age'
    if (announcer.isDue(subscriber, nowMs)) return 'announcement'
    if (heartbeats.isDue(subscriber, nowMs)) return 'heartbeat'
    return idleMs !== 0 && silentMs >= idleMs ? 'idle' : 'nothing'
  }
}
