import { fieldValue, type RequestHead } from '../http/head.ts'
import type { ResponseWriter } from '../http/response-writer.ts'

const QUIET_MS = 50

export interface PollFaults {
  /**
   * When a response ends: never, at once, with a reset instead of its last chunk, or, for every
   * client, soon after its events.
   */
  readonly ends?: 'never' | 'at-once' | 'by-reset' | 'for-everyone' | undefined
  /** True: a response without events is never over. */
  readonly holdsForEver?: boolean | undefined
  /** True: events have no ids. */
  readonly withoutIds?: boolean | undefined
  /** `forgotten`: the client's id is not looked at. `one-back`: the last event comes again. */
  readonly position?: 'forgotten' | 'one-back' | undefined
}

/** [protocol §5.19] */
export function isLongPoll(request: RequestHead, { ends }: PollFaults): boolean {
  if (ends === 'never') return false
  return ends === 'for-everyone' || fieldValue(request, 'x-requested-with') === 'XMLHttpRequest'
}

/** Ends one response soon after its first event, or when it has waited for too long. */
export class LongPoll {
  readonly #writer: ResponseWriter
  readonly #faults: PollFaults
  #timer: NodeJS.Timeout | undefined
  #hasEvents = false

  constructor(writer: ResponseWriter, holdMs: number, faults: PollFaults) {
    this.#writer = writer
    this.#faults = faults
    if (faults.ends === 'at-once') this.#end()
    else if (faults.ends !== 'for-everyone' && faults.holdsForEver !== true)
      this.#timer = setTimeout(() => this.#end(), holdMs)
    void writer.ended.then(() => clearTimeout(this.#timer))
  }

  /** An event was written. */
  written(): void {
    if (this.#hasEvents) return
    this.#hasEvents = true
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#end(), QUIET_MS)
  }

  #end(): void {
    if (this.#faults.ends === 'by-reset') this.#writer.cut()
    else this.#writer.end()
  }
}
