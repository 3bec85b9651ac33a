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

  /** Due times of the set timers, earliest first. */
  get pendingMs(): readonly number[] {
    return Array.from(this.#timers.values(), ({ atMs }) => atMs).toSorted((a, b) => a - b)
  }

  /** Returns what `clear` takes. */
  after(ms: number, run: () => void): number {
    this.#lastId += 1
    this.#timers.set(this.#lastId, { atMs: this.#nowMs + ms, run })
    return this.#lastId
  }

  clear(id: number | undefined): void {
    if (id !== undefined) this.#timers.delete(id)
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
