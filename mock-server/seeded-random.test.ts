import { describe, expect, it } from 'vitest'

import { SeededRandom } from './seeded-random.ts'

const COUNT = 20_000

function draw<T>(seed: number, name: string, next: (random: SeededRandom) => T): readonly T[] {
  const random = new SeededRandom(seed, name)
  return Array.from({ length: COUNT }, () => next(random))
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

describe('SeededRandom', () => {
  it('SeededRandom repeats itself for one seed and name, and for no other', () => {
    const first = draw(7, 'slow', (random) => random.next())
    expect(draw(7, 'slow', (random) => random.next())).toEqual(first)
    expect(draw(8, 'slow', (random) => random.next())).not.toEqual(first)
    expect(draw(7, 'slew', (random) => random.next())).not.toEqual(first)
  })

  it('SeededRandom draws evenly from 0 up to but not including 1', () => {
    const tenths = Array.from({ length: 10 }, () => 0)
    for (const value of draw(1, 'even', (random) => random.next())) {
      tenths[Math.floor(value * 10)] = (tenths[Math.floor(value * 10)] ?? 0) + 1
    }
    expect(tenths).toHaveLength(10)
    for (const count of tenths) expect(Math.abs(count / COUNT - 0.1)).toBeLessThan(0.01)
  })

  it.each([
    [0, 0],
    [0.3, 0.015],
    [1, 0],
  ])('SeededRandom.chance(%f) is true with that probability', (probability, tolerance) => {
    const hits = draw(3, 'chance', (random) => random.chance(probability)).filter(Boolean)
    expect(Math.abs(hits.length / COUNT - probability)).toBeLessThanOrEqual(tolerance)
  })

  it('SeededRandom.between stays between its bounds', () => {
    const values = draw(5, 'between', (random) => random.between(20, 30))
    expect(Math.min(...values)).toBeGreaterThanOrEqual(20)
    expect(Math.max(...values)).toBeLessThan(30)
    expect(Math.abs(mean(values) - 25)).toBeLessThan(0.2)
  })

  it('SeededRandom.normal has mean 0 and standard deviation 1', () => {
    const values = draw(9, 'normal', (random) => random.normal())
    expect(Math.abs(mean(values))).toBeLessThan(0.03)
    expect(Math.abs(mean(values.map((value) => value * value)) - 1)).toBeLessThan(0.05)
  })
})
