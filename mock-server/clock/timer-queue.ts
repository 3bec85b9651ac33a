/** A timer of the store clock. */
export interface ClockTimer {
  /** On the scale of `StoreClock.passedMs`. */
  dueMs: number
  readonly run: () => void
  /** Undefined: it runs once. */
  readonly everyMs: number | undefined
}

/** Timers in the order in which they are due; of two at the same time, the one set first. */
export class TimerQueue {
  readonly #timers: ClockTimer[] = []

  get size(): number {
    return this.#timers.length
  }

  get first(): ClockTimer | undefined {
    return this.#timers[0]
  }

  add(timer: ClockTimer): void {
    this.#timers.splice(this.#indexAfter(timer.dueMs), 0, timer)
  }

  /** False when it is not in the queue. */
  remove(timer: ClockTimer): boolean {
    const index = this.#timers.lastIndexOf(timer, this.#indexAfter(timer.dueMs) - 1)
    if (this.#timers[index] !== timer) return false
    this.#timers.splice(index, 1)
    return true
  }

  clear(): void {
    this.#timers.length = 0
  }

  /** Index after the last timer that is due at `dueMs` or earlier. */
  #indexAfter(dueMs: number): number {
    let low = 0
    let high = this.#timers.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#timers[middle]?.dueMs ?? Infinity) <= dueMs) low = middle + 1
      else high = middle
    }
    return low
  }
}
