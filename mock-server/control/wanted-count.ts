import { MockServerError } from '../errors.ts'

/**
 * How many of something a wait asks for. `count` is the short form of `atLeast`; without any of
 * them, at least one.
 */
export interface CountRequest {
  readonly count?: number | undefined
  readonly atLeast?: number | undefined
  readonly atMost?: number | undefined
  readonly exactly?: number | undefined
}

/** The numbers that end a wait. */
export interface WantedCount {
  readonly min: number
  readonly max: number
}

/** Throws `bad-request` for bounds that exclude each other or say the same thing twice. */
export function wantedCount({ count, atLeast, atMost, exactly }: CountRequest): WantedCount {
  const lower = [count, atLeast, exactly].filter((bound) => bound !== undefined)
  const upper = [atMost, exactly].filter((bound) => bound !== undefined)
  if (lower.length > 1 || upper.length > 1) {
    throw new MockServerError(
      'bad-request',
      'give one of "exactly", "count" (the same as "atLeast"), or "atLeast" and "atMost"',
    )
  }
  const [max = Infinity] = upper
  const [min = upper.length === 0 ? 1 : 0] = lower
  if (min <= max) return { min, max }
  throw new MockServerError('bad-request', `atLeast ${min} is more than atMost ${max}`)
}

/** For messages: `exactly 2`, `at least 1`. */
export function describeCount({ min, max }: WantedCount): string {
  if (min === max) return `exactly ${min}`
  if (max === Infinity) return `at least ${min}`
  return min === 0 ? `at most ${max}` : `${min} to ${max}`
}
