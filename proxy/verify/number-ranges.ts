import { ProxyError } from '../errors.ts'

/** Whole numbers from `from` to `to`, both included. */
export interface NumberRange {
  readonly from: number
  readonly to: number
}

const MOST_RANGES = 10_000

/** A set of whole numbers, kept as ascending ranges that do not touch. */
export class NumberRanges {
  readonly #ranges: NumberRange[] = []

  get ranges(): readonly NumberRange[] {
    return this.#ranges
  }

  get count(): number {
    return this.#ranges.reduce((sum, { from, to }) => sum + to - from + 1, 0)
  }

  /**
   * Adds numbers, none of which is in the set; no numbers when `to` is below `from`. Throws `usage`
   * when the set has more than 10,000 ranges.
   */
  add({ from, to }: NumberRange): void {
    if (to < from) return
    this.#ranges.splice(this.#indexAbove(to), 0, { from, to })
    if (this.#ranges.length > MOST_RANGES)
      throw new ProxyError('usage', `more than ${MOST_RANGES} holes: expected one client's stream`)
  }

  /** Returns whether the number was in the set. */
  delete(number: number): boolean {
    const index = this.#indexAbove(number) - 1
    const range = this.#ranges[index]
    if (range === undefined || range.to < number) return false
    this.#ranges.splice(index, 1)
    this.add({ from: range.from, to: number - 1 })
    this.add({ from: number + 1, to: range.to })
    return true
  }

  /** Index of the first range that begins above a number. */
  #indexAbove(number: number): number {
    let [low, high] = [0, this.#ranges.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#ranges[middle]?.from ?? Infinity) > number) high = middle
      else low = middle + 1
    }
    return low
  }
}
