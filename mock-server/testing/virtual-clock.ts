interface Timer {
  readonly atMs: number
  readonly run: () => void
}

/** A clock that only `advance` moves. It fires timers in order of time. */
export class VirtualClock {
  #nowMs = 0
  #lastId = 0
  readonly #timers = new Map<number, Timer>()

  get nowMs(): number {
    return this.#nowMs
  }

  /** How many timers are set. */
  get pending(): number {
    return this.#timers.size
  }

  /** Returns what cancels the timer. */
  after(ms: number, run: () => void): () => void {
    this.#lastId += 1
    const id = this.#lastId
    this.#timers.set(id, { atMs: this.#nowMs + ms, run })
    return () => void this.#timers.delete(id)
  }

  advance(ms: number): void {
    const endMs = this.#nowMs + ms
    for (;;) {
      const [next] = [...this.#timers].toSorted(([, a], [, b]) => a.atMs - b.atMs)
      if (next === undefined || next[1].atMs > endMs) break
      const [id, timer] = next
      this.#timers.delete(id)
      this.#nowMs = timer.atMs
      timer.run()
    }
    this.#nowMs = endMs
  }
}
