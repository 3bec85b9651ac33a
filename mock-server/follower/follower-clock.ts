/** The timers of a follower. Tests replace it, so that no test waits for ten minutes. */
export interface FollowerClock {
  /** Calls `run` once after `ms`, unless the returned function has been called before. */
  after(ms: number, run: () => void): () => void
}

export const REAL_CLOCK: FollowerClock = {
  after: (ms, run) => {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}

/** A timer that can be set again. Setting it cancels the one before. */
export class FollowerTimer {
  readonly #clock: FollowerClock
  #cancel = (): void => {}

  constructor(clock: FollowerClock) {
    this.#clock = clock
  }

  set(ms: number, run: () => void): void {
    this.#cancel()
    this.#cancel = this.#clock.after(ms, run)
  }

  clear(): void {
    this.#cancel()
    this.#cancel = () => {}
  }
}
