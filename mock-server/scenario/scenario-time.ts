interface Sleeper {
  readonly dueMs: number
  readonly resume: () => void
  readonly fail: (error: unknown) => void
}

/**
 * The time of a scenario, and whose turn it is. One branch runs at a time, until it waits; then the
 * one whose wait is over first runs on, and of two at the same time the one that waited first. So the
 * order of steps does not depend on how long they take.
 */
export class ScenarioTime {
  readonly #pass: (ms: number) => Promise<void>
  readonly #sleepers: Sleeper[] = []
  #nowMs = 0

  /** `pass` lets so much time pass, for the store and for everyone. */
  constructor(pass: (ms: number) => Promise<void>) {
    this.#pass = pass
  }

  async sleep(ms: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#park(this.#nowMs + ms, resolve, reject)
      void this.#wakeNext()
    })
  }

  /** Runs branches, and resolves when all have ended. Rejects when one fails; no other runs then. */
  async fork(branches: readonly (() => Promise<void>)[]): Promise<void> {
    let open = branches.length
    await new Promise<void>((resolve, reject) => {
      const run = async (branch: () => Promise<void>): Promise<void> => {
        try {
          await branch()
        } catch (error) {
          reject(error)
          return
        }
        open -= 1
        if (open === 0) this.#park(this.#nowMs, resolve, reject)
        void this.#wakeNext()
      }
      for (const branch of branches) this.#park(this.#nowMs, () => void run(branch), reject)
      void this.#wakeNext()
    })
  }

  #park(dueMs: number, resume: () => void, fail: (error: unknown) => void): void {
    const later = this.#sleepers.findIndex((sleeper) => sleeper.dueMs > dueMs)
    this.#sleepers.splice(later === -1 ? this.#sleepers.length : later, 0, { dueMs, resume, fail })
  }

  async #wakeNext(): Promise<void> {
    const next = this.#sleepers.shift()
    if (next === undefined) return
    try {
      if (next.dueMs > this.#nowMs) await this.#pass(next.dueMs - this.#nowMs)
      this.#nowMs = next.dueMs
      next.resume()
    } catch (error) {
      next.fail(error)
    }
  }
}
