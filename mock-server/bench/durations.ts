/** Collects durations and returns their quantiles. */
export class Durations {
  readonly #valuesMs: number[] = []

  add(ms: number): void {
    this.#valuesMs.push(ms)
  }

  /** Adds the duration of `work`. */
  async time<T>(work: () => Promise<T>): Promise<T> {
    const start = performance.now()
    const result = await work()
    this.add(performance.now() - start)
    return result
  }

  get count(): number {
    return this.#valuesMs.length
  }

  /** `share` 0.5 is the median. NaN while there is none. */
  quantileMs(share: number): number {
    const sorted = this.#valuesMs.toSorted((a, b) => a - b)
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
  }
}
