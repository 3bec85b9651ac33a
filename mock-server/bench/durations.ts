/** Collects durations and says what most and nearly all of them are. */
export class Durations {
  readonly #valuesMs: number[] = []

  add(ms: number): void {
    this.#valuesMs.push(ms)
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
