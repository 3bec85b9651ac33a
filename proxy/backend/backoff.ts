export interface BackoffOptions {
  /** The first wait; each further one is twice as long. */
  readonly firstMs: number
  readonly capMs: number
  /** Part of a wait that is left to chance, so that proxies which lost the same back end do not return together: 0.2 = ±20 %. */
  readonly jitter: number
  /** 0 <= random() < 1. */
  readonly random: () => number
}

/** The waits between attempts to reach one back end: 10, 20, 40, 60, 60 … s by default [protocol §4.4]. */
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

  /** The longest wait, for trouble that a quick retry does not mend [protocol §4.5]. */
  longestMs(): number {
    return this.#withJitter(this.#options.capMs)
  }

  /** A connection has lasted: the next wait is the first one again. */
  reset(): void {
    this.#failures = 0
  }

  /** The back end's `retry` field takes the place of the first wait, between a second and the longest wait [protocol §4.4]. */
  setFirstMs(ms: number): void {
    this.#firstMs = Math.min(Math.max(ms, SHORTEST_MS), this.#options.capMs)
  }

  #withJitter(ms: number): number {
    const { jitter, random } = this.#options
    return Math.round(ms * (1 + jitter * (2 * random() - 1)))
  }
}

/** A back end that asks for a retry at once must not make the proxy spin. */
const SHORTEST_MS = 1000
