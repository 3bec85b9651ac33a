import type { FrameLog } from './frame-log.ts'
import type { HubCounts } from './hub-counts.ts'
import type { LongPolls } from './long-polls.ts'
import { countWrite } from './stream-record.ts'
import type { EndReason, Subscriber } from './subscriber.ts'

export interface StreamWriterOptions {
  readonly log: FrameLog
  readonly polls: LongPolls
  readonly counts: HubCounts
  /** The time, read once per slice. */
  readonly nowMs: () => number
  /** Some subscriber can take more. */
  readonly requestPass: () => void
  readonly end: (subscriber: Subscriber, reason: EndReason) => void
  readonly disconnect: (subscriber: Subscriber, reason: EndReason) => void
  /** An exception disconnects this client only. */
  readonly guarded: (subscriber: Subscriber, work: (subscriber: Subscriber) => void) => void
}

const NOTHING = Buffer.alloc(0)

/** Writes pages of the log to subscribers, as fast as each of them reads. */
export class StreamWriter {
  readonly #options: StreamWriterOptions
  #isFrozen = false

  constructor(options: StreamWriterOptions) {
    this.#options = options
  }

  /** Whether nothing is written to open streams. */
  get isFrozen(): boolean {
    return this.#isFrozen
  }

  set isFrozen(isFrozen: boolean) {
    this.#isFrozen = isFrozen
    if (!isFrozen) this.#options.requestPass()
  }

  /** Writes the next page to a subscriber that is behind and reads. */
  serve(subscriber: Subscriber): void {
    const { log, disconnect } = this.#options
    if (subscriber.cursor === log.headPosition || subscriber.isStalled) return
    if (subscriber.announceAtMs !== 0 || subscriber.isEnded || this.#isFrozen) return
    if (subscriber.cursor < log.tailPosition) {
      disconnect(subscriber, 'fell-behind')
      return
    }
    this.writeNextPage(subscriber)
    this.afterWrite(subscriber)
  }

  /** Call `afterWrite` then. */
  writeNextPage(subscriber: Subscriber): void {
    const { log, polls, counts } = this.#options
    const position = subscriber.cursor
    const slice = log.read(position)
    subscriber.write(slice[subscriber.framing])
    subscriber.cursor = slice.nextPosition
    counts.writes += 1
    counts.framesOut += slice.frames
    countWrite(subscriber, slice)
    polls.wrote(subscriber, slice.nextPosition - position)
  }

  /** Continues when the client has taken the bytes, or ends its poll. */
  afterWrite(subscriber: Subscriber): void {
    const { log, polls, nowMs, requestPass, end } = this.#options
    subscriber.lastWriteMs = nowMs()
    if (polls.isFull(subscriber)) {
      end(subscriber, 'polled')
      return
    }
    if (!subscriber.isStalled) {
      const isBehind = subscriber.cursor < log.headPosition
      if (isBehind && subscriber.announceAtMs === 0) requestPass()
      return
    }
    if (subscriber.stalledSinceMs !== 0) return
    subscriber.stalledSinceMs = nowMs()
    if (subscriber.onWritten !== undefined) return
    // `drain` is not emitted below the high-water mark. The callback of an empty write runs once
    // the kernel has the rest.
    subscriber.socket.write(NOTHING, (error) => this.afterWritten(subscriber, error))
  }

  /** The kernel has all bytes. */
  afterWritten(subscriber: Subscriber, error?: Error | null): void {
    subscriber.stalledSinceMs = 0
    if (error !== null && error !== undefined) return
    this.#options.guarded(subscriber, (one) => this.serve(one))
  }
}
