export interface BackoffOptions {
  /** The first wait; each further one is twice as long. */
  readonly firstMs: number
  readonly capMs: number
  /**
   * Random part of a wait, so that proxies do not reconnect at the same time: 0.2 = ±20 %, and never
   * above `capMs`.
   */
  readonly jitter: number
  /** 0 <= random() < 1. */
  readonly random: () => number
}

/**
 * The waits between attempts to reach one back end: 10, 20, 40, 60, 60 … s by default [protocol
 * §4.4].
 */
export class Backoff {
  readonly #options: BackoffOptions
  #firstMs: number
  #failures = 0

  constructor(options: BackoffOptions) {
    this.#options = options
    this.#firstMs = options.firstMs
  }

  /** The next wait. */
  nextMs(): number {
    const plainMs = this.#firstMs * 2 ** this.#failures
    this.#failures += 1
    return this.#withJitter(Math.min(plainMs, this.#options.capMs))
  }

  /** The longest wait, for errors that a quick retry does not resolve [protocol §4.5]. */
  longestMs(): number {
    return this.#withJitter(this.#options.capMs)
  }

  /** Starts again with the first wait, after a connection that has lasted. */
  reset(): void {
    this.#failures = 0
  }

  /**
   * Sets the first wait from the back end's `retry` field, between one second and the longest wait
   * [protocol §4.4].
   */
  setFirstMs(ms: number): void {
    this.#firstMs = Math.min(Math.max(ms, SHORTEST_MS), this.#options.capMs)
  }

  #withJitter(ms: number): number {
    const { capMs, jitter, random } = this.#options
    const shortestMs = ms * (1 - jitter)
    const longestMs = Math.min(ms * (1 + jitter), capMs)
    return Math.round(shortestMs + (longestMs - shortestMs) * random())
  }
}

/** A back end with `retry: 0` must not cause a busy loop. */
const SHORTEST_MS = 1000
