import type { StreamCheck } from '../../checks/stream-check.ts'
import { shuffle } from '../../runner/selection/shuffle.ts'

export interface Rotation {
  readonly checks: readonly StreamCheck[]
  /** Decides the order of the checks. */
  readonly seed: number
  /** Number of checks in a round. */
  readonly sample: number
}

/**
 * The checks of one round, the first of which is 1. Rounds go through all checks in the order of
 * the seed and then start over, so that each is judged equally often.
 */
export function checksOfRound(
  { checks, seed, sample }: Rotation,
  round: number,
): readonly StreamCheck[] {
  const order = shuffle(checks, seed)
  const first = (round - 1) * sample
  const size = Math.min(sample, order.length)
  return Array.from({ length: size }, (_, at) => order[(first + at) % order.length]).filter(
    (check) => check !== undefined,
  )
}
