/** Time between two passes in which sockets are sent to another process, some ten in a millisecond. */
const COPY_MS = 100

/** Runs passes one after the other. Requests during a pass lead to one more. */
export class Passes {
  readonly #run: () => Promise<void>
  #state: 'none' | 'running' | 'running, again' = 'none'
  #leavesTime = false

  constructor(run: () => Promise<void>) {
    this.#run = run
  }

  /** Whether passes leave time to send sockets to another process. */
  set leavesTime(leavesTime: boolean) {
    this.#leavesTime = leavesTime
  }

  request(): void {
    if (this.#state !== 'none') {
      this.#state = 'running, again'
      return
    }
    this.#state = 'running'
    if (this.#leavesTime) setTimeout(() => void this.#pass(), COPY_MS)
    else setImmediate(() => void this.#pass())
  }

  async #pass(): Promise<void> {
    await this.#run()
    const isRequestedAgain = this.#state === 'running, again'
    this.#state = 'none'
    if (isRequestedAgain) this.request()
  }
}
