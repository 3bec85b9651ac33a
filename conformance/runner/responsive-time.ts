/** Part of a time slice that always counts, so that every wait ends. */
const LEAST_COUNTED = 0.5
const SLICE_MS = 100
const LATE_SLICE_MS = 20

/**
 * How much of a wait is over after a time slice of `sliceMs` that took `elapsedMs`. A slice that
 * ends late counts less the later it ends: other programs had the processor, so whatever is waited
 * for was late, too.
 */
export function countedMs(sliceMs: number, elapsedMs: number): number {
  return Math.min(elapsedMs, Math.max(sliceMs ** 2 / elapsedMs, sliceMs * LEAST_COUNTED))
}

/** A limit that counts only time in which this process was responsive. */
export class Deadline {
  readonly #controller = new AbortController()
  readonly #timer: NodeJS.Timeout
  #leftMs: number
  #sliceStartMs = performance.now()
  #longestSliceMs = 0

  constructor(limitMs: number) {
    this.#leftMs = limitMs
    this.#timer = setInterval(() => this.#tick(), SLICE_MS).unref()
  }

  get reached(): boolean {
    return this.signal.aborted
  }

  /** Aborts when the limit is reached. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** The longest time so far in which this process ran no timer. Read it before `clear`. */
  get longestStandstillMs(): number {
    return Math.max(this.#longestSliceMs, performance.now() - this.#sliceStartMs)
  }

  /** Call when what it limits has ended. */
  clear(): void {
    clearInterval(this.#timer)
  }

  #tick(): void {
    const nowMs = performance.now()
    const elapsedMs = nowMs - this.#sliceStartMs
    this.#longestSliceMs = Math.max(this.#longestSliceMs, elapsedMs)
    this.#leftMs -= countedMs(SLICE_MS, elapsedMs)
    this.#sliceStartMs = nowMs
    if (this.#leftMs > 0) return
    this.clear()
    this.#controller.abort()
  }
}

/** How long this process was not responsive, in all: its timers ran late by so much. */
export class LateTime implements Disposable {
  readonly #timer: NodeJS.Timeout
  #sliceStartMs = performance.now()
  #ms = 0

  constructor() {
    this.#timer = setInterval(() => this.#tick(), LATE_SLICE_MS).unref()
  }

  get ms(): number {
    return this.#ms + this.#lateMs()
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }

  #tick(): void {
    this.#ms += this.#lateMs()
    this.#sliceStartMs = performance.now()
  }

  #lateMs(): number {
    return Math.max(0, performance.now() - this.#sliceStartMs - LATE_SLICE_MS)
  }
}
