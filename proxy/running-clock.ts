/** Looks at the time are at most this far apart, unless the process stands still. */
const TICK_MS = 250
/** After a longer time between two looks the process stood still: only one tick of it counts. */
const STANDSTILL_MS = 1000

/**
 * A monotonic clock that stops while its process stands still: SIGSTOP, a frozen container, a machine that sleeps. What peers
 * sent meanwhile has not been read yet, so their silence must not be judged by the time that has passed for them.
 * Owns a timer: see `close`.
 */
export class RunningClock {
  readonly #realMs: () => number
  readonly #ticker: NodeJS.Timeout
  #seenMs: number
  #nowMs: number

  /** `realMs` = a clock that goes on while the process stands still; default `performance.now`. */
  constructor(realMs: () => number = () => performance.now()) {
    this.#realMs = realMs
    this.#seenMs = realMs()
    this.#nowMs = this.#seenMs
    this.#ticker = setInterval(() => this.nowMs(), TICK_MS).unref()
  }

  /** Never goes back. Bound to this clock: it can be handed on as a function. */
  readonly nowMs = (): number => {
    const realMs = this.#realMs()
    const passedMs = realMs - this.#seenMs
    this.#nowMs += passedMs > STANDSTILL_MS ? TICK_MS : passedMs
    this.#seenMs = realMs
    return this.#nowMs
  }

  close(): void {
    clearInterval(this.#ticker)
  }
}
