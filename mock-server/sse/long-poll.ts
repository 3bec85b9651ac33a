import type { Request } from 'express'

import type { Settings } from '../knobs.ts'

/** Silence after which the response of a long poll ends. */
const QUIET_MS = 250
/** A burst that does not pause is cut, so that the client gets it. The rest is its next backlog. */
const LONGEST_BURST_MS = 2_000

/**
 * Whether a stream is requested by a client that cannot read a response before its end, such as the
 * polyfill of Remy Sharp. [practice: polyfills]
 */
export function isLongPoll(request: Request): boolean {
  return request.get('X-Requested-With') === 'XMLHttpRequest'
}

/**
 * Ends a response soon after the first burst of events, when it is large enough, or when it has
 * waited for `longPollHoldMs`. Its client is real, so it goes by the real time.
 */
export class LongPoll {
  readonly #maxBytes: number
  readonly #end: () => void
  readonly #hold: NodeJS.Timeout
  #quiet: NodeJS.Timeout | undefined
  #longest: NodeJS.Timeout | undefined
  #bytes = 0

  constructor(
    { longPollHoldMs, longPollMaxBytes }: Pick<Settings, 'longPollHoldMs' | 'longPollMaxBytes'>,
    end: () => void,
  ) {
    this.#maxBytes = longPollMaxBytes
    this.#end = end
    this.#hold = setTimeout(() => this.#finish(), longPollHoldMs)
  }

  /** Whether no more events may be written. */
  get isFull(): boolean {
    return this.#bytes >= this.#maxBytes
  }

  /** Call after each write of events. */
  written(bytes: number): void {
    this.#bytes += bytes
    clearTimeout(this.#hold)
    clearTimeout(this.#quiet)
    this.#quiet = setTimeout(() => this.#finish(), this.isFull ? 0 : QUIET_MS)
    this.#longest ??= setTimeout(() => this.#finish(), LONGEST_BURST_MS)
  }

  cancel(): void {
    clearTimeout(this.#hold)
    clearTimeout(this.#quiet)
    clearTimeout(this.#longest)
  }

  #finish(): void {
    this.cancel()
    this.#end()
  }
}
