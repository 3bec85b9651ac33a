/**
 * Calls `onOver` once after `ms` on a clock that stops while the process is stopped
 * (`RunningClock`). A plain timer would fire on resume, before the bytes that arrived in the
 * meantime are read.
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
    this.#timer = setTimeout(() => this.#check(), ms)
  }

  /** Starts the time again. */
  refresh(): void {
    this.#sinceMs = this.#nowMs()
    this.#timer.refresh()
  }

  clear(): void {
    clearTimeout(this.#timer)
  }

  #check(): void {
    const leftMs = this.#sinceMs + this.#ms - this.#nowMs()
    if (leftMs < 1) this.#onOver()
    else this.#timer = setTimeout(() => this.#check(), leftMs)
  }
}
