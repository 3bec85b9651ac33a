import { describe, expect, it } from 'vitest'

import { SeededRandom } from '../../seeded-random.ts'
import { MAX_MS } from './parameters.ts'
import { drawDelayMs } from './delay.ts'

const DRAWS = 2_000
const JITTER = { ms: 1_000, dist: 'uniform', spreadMs: 0, sigma: 0.5, maxMs: MAX_MS } as const

/** Shortest first. */
function delays(parameters: Partial<Parameters<typeof drawDelayMs>[0]>): readonly number[] {
  const random = new SeededRandom(1, 'delay')
  return Array.from({ length: DRAWS }, () =>
    drawDelayMs({ ...JITTER, ...parameters }, random),
  ).toSorted((a, b) => a - b)
}

function shareAbove(ms: number, drawn: readonly number[]): number {
  return drawn.filter((delay) => delay > ms).length / drawn.length
}

describe('drawDelayMs', () => {
  it('drawDelayMs draws uniform delays from the whole spread around ms', () => {
    const drawn = delays({ spreadMs: 400 })
    expect(drawn[0]).toBeGreaterThanOrEqual(600)
    expect(drawn.at(-1)).toBeLessThanOrEqual(1_400)
    for (const [ms, share] of [
      [700, 0.875],
      [1_000, 0.5],
      [1_300, 0.125],
    ] as const)
      expect(shareAbove(ms, drawn)).toBeCloseTo(share, 1)
  })

  it.each([0.5, 1.5])('drawDelayMs draws lognormal delays with median ms and sigma %d', (sigma) => {
    const drawn = delays({ dist: 'lognormal', sigma })
    expect(shareAbove(1_000, drawn)).toBeCloseTo(0.5, 1)
    // The share beyond one standard deviation of a normal distribution.
    expect(shareAbove(1_000 * Math.exp(sigma), drawn)).toBeCloseTo(0.159, 1)
    expect(shareAbove(1_000 * Math.exp(-sigma), drawn)).toBeCloseTo(0.841, 1)
  })

  it('drawDelayMs cuts delays to 0 and maxMs', () => {
    const drawn = delays({ ms: 10, spreadMs: 100, maxMs: 50 })
    expect([drawn[0], drawn.at(-1)]).toEqual([0, 50])
    const long = delays({ dist: 'lognormal', sigma: 5, maxMs: 2_000 })
    expect(long.at(-1)).toBe(2_000)
  })
})
