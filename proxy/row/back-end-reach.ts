export interface BackEndReachOptions {
  /** How long a member tries to reach a back end before another one may. */
  readonly patienceMs: number
  /** Monotonic. It stops while the process is stopped. */
  readonly runningMs: () => number
}

/** Longest patience, as a multiple of the first one. */
const MOST_PATIENCE = 8

/**
 * Whether a member reaches the back end that it has the lease of. If it does not for a while, another
 * member may. Its patience doubles each time, since the back end may be away for all of them.
 */
export class BackEndReach {
  readonly #options: BackEndReachOptions
  #factor = 1
  /** Since when it tries to connect; undefined = it is connected, or is not to be. */
  #sinceMs: number | undefined
  #hasGivenUp = false

  constructor(options: BackEndReachOptions) {
    this.#options = options
  }

  /** Whether another member should try. */
  get isHopeless(): boolean {
    const { patienceMs, runningMs } = this.#options
    return this.#sinceMs !== undefined && runningMs() - this.#sinceMs >= patienceMs * this.#factor
  }

  /** Whether other members should be first to try, because this one could not reach it. */
  get isLast(): boolean {
    return this.#hasGivenUp
  }

  /** It begins to connect, or has lost the connection. */
  seek(): void {
    this.#sinceMs ??= this.#options.runningMs()
  }

  /** The back end has answered. */
  reached(): void {
    this.#sinceMs = undefined
    this.#factor = 1
    this.#hasGivenUp = false
  }

  /** The connection is closed. */
  leave(): void {
    this.#sinceMs = undefined
  }

  giveUp(): void {
    this.#factor = Math.min(MOST_PATIENCE, this.#factor * 2)
    this.#hasGivenUp = true
    this.leave()
  }
}
