/**
 * Calls `onOver` once after `ms` of a clock that may run slower than that of timers: a timer whose time came while the process
 * stood still fires before what came meanwhile is read. See `RunningClock`.
 */
export class Deadline {
  readonly #ms: number
  readonly #nowMs: () => number
  readonly #onOver: () => void
  #sinceMs: number
  #timer: NodeJS.Timeout

  constructor(ms: number, nowMs: () => number, onOver: () => void) {
    this.#ms = ms
    this.#nowMs = nowMs
    this.#onOver = onOver
    this.#sinceMs = nowMs()
    this.#timer = setTimeout(() => this.#look(), ms)
  }

  /** Begins anew. */
  refresh(): void {
    this.#sinceMs = this.#nowMs()
    this.#timer.refresh()
  }

  clear(): void {
    clearTimeout(this.#timer)
  }

  #look(): void {
    const leftMs = this.#sinceMs + this.#ms - this.#nowMs()
    if (leftMs < 1) this.#onOver()
    else this.#timer = setTimeout(() => this.#look(), leftMs)
  }
}
