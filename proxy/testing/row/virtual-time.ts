interface Planned {
  readonly atMs: number
  readonly order: number
  readonly work: () => void
}

/** A clock and timers that pass as fast as the work allows. */
export class VirtualTime {
  #nowMs = 0
  #order = 0
  #planned: Planned[] = []

  readonly nowMs = (): number => this.#nowMs

  /** Does this work after a time. Work of the same moment keeps its order. */
  after(ms: number, work: () => void): void {
    this.#order += 1
    const planned = { atMs: this.#nowMs + ms, order: this.#order, work }
    const index = this.#planned.findLastIndex(({ atMs }) => atMs <= planned.atMs)
    this.#planned.splice(index + 1, 0, planned)
  }

  /** Lets this time pass. Calls `onStep` after each piece of work. */
  async pass(ms: number, onStep: () => void): Promise<void> {
    const endMs = this.#nowMs + ms
    for (;;) {
      const [next] = this.#planned
      if (next === undefined || next.atMs > endMs) break
      this.#planned.shift()
      this.#nowMs = next.atMs
      next.work()
      // The answer to a call is handled one turn after the call has settled.
      await Promise.resolve()
      await Promise.resolve()
      onStep()
    }
    this.#nowMs = endMs
  }
}
