import type { Request } from 'express'

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

/** Ends a response soon after the first burst of events. */
export class BurstEnd {
  readonly #end: () => void
  #quiet: NodeJS.Timeout | undefined
  #longest: NodeJS.Timeout | undefined

  constructor(end: () => void) {
    this.#end = end
  }

  /** Call after each write of events. */
  written(): void {
    clearTimeout(this.#quiet)
    this.#quiet = setTimeout(() => this.#finish(), QUIET_MS)
    this.#longest ??= setTimeout(() => this.#finish(), LONGEST_BURST_MS)
  }

  cancel(): void {
    clearTimeout(this.#quiet)
    clearTimeout(this.#longest)
  }

  #finish(): void {
    this.cancel()
    this.#end()
  }
}
