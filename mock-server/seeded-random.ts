/**
 * Random numbers that depend on the seed and the name alone. Each user has a name of its own, so
 * that what one draws never changes what another one draws. Not for secrets.
 */
export class SeededRandom {
  #state: number

  constructor(seed: number, name: string) {
    this.#state = hash(`${seed}/${name}`)
  }

  /** From 0 up to, but not including, 1. */
  next(): number {
    // Mulberry32.
    this.#state = (this.#state + 0x6d_2b_79_f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** True with this probability: 0 is never, 1 is always. */
  chance(probability: number): boolean {
    return this.next() < probability
  }

  /** From `min` up to, but not including, `max`. */
  between(min: number, max: number): number {
    return min + this.next() * (max - min)
  }

  /** Normally distributed: mean 0, standard deviation 1 (Box and Muller). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.next()))
    return radius * Math.cos(2 * Math.PI * this.next())
  }
}

/** FNV-1a, 32 bits, over UTF-16 units. */
function hash(text: string): number {
  let value = 0x81_1c_9d_c5
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01_00_01_93)
  }
  return value
}
