import { z } from 'zod'

import type { SeededRandom } from '../../seeded-random.ts'
import { MAX_MS } from './parameters.ts'

/** The response, or the event and all that follow it, comes later. */
export const LATENCY = { ms: z.int().min(1).max(MAX_MS) }

/** As latency, and another delay is drawn each time. */
export const JITTER = {
  /** The middle of all delays. */
  ms: z.int().min(0).max(MAX_MS),
  dist: z.enum(['uniform', 'lognormal']).default('uniform'),
  /** Uniform: the delay is `ms` plus or minus this. */
  spreadMs: z.int().min(0).max(MAX_MS).default(0),
  /** Lognormal: how wide it is; one delay in six is longer than `ms` times e to the power of this. */
  sigma: z.number().min(0).max(5).default(0.5),
  /** Longer delays are cut to this. Shorter ones than 0 are 0. */
  maxMs: z.int().min(1).max(MAX_MS).default(MAX_MS),
}

interface Jitter {
  readonly ms: number
  readonly dist: 'uniform' | 'lognormal'
  readonly spreadMs: number
  readonly sigma: number
  readonly maxMs: number
}

export function drawDelayMs(
  { ms, dist, spreadMs, sigma, maxMs }: Jitter,
  random: SeededRandom,
): number {
  const drawn =
    dist === 'uniform'
      ? random.between(ms - spreadMs, ms + spreadMs)
      : ms * Math.exp(sigma * random.normal())
  return Math.round(Math.min(Math.max(drawn, 0), maxMs))
}
