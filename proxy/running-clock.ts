/** Longest time between two readings of the clock, unless the process is stopped. */
const TICK_MS = 250
/** After a longer time between two readings the process was stopped: only one tick counts. */
const STANDSTILL_MS = 1000

/**
 * A monotonic clock that stops while its process is stopped: SIGSTOP, a frozen container, a machine
 * that sleeps. Bytes that peers sent in the meantime have not been read yet, so that time must not
 * count as silence. Owns a timer until `close`.
 */
export class RunningClock {
  readonly #realMs: () => number
  readonly #ticker: NodeJS.Timeout
  #seenMs: number
  #nowMs: number

  /** `realMs` = a clock that runs while the process is stopped; default `performance.now`. */
  constructor(realMs: () => number = () => performance.now()) {
    this.#realMs = realMs
    this.#seenMs = realMs()
    this.#nowMs = this.#seenMs
    this.#ticker = setInterval(() => this.nowMs(), TICK_MS).unref()
  }

  /** Never decreases. Bound to this clock, so that it can be passed as a function. */
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
