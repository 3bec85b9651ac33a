import { z } from 'zod'

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const
const PATTERN = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h)$/
const MAX_MS = 31 * 86_400_000

/** A time such as `250ms`, `10s`, `2m` or `8h`. */
export const DURATION = z
  .string()
  .regex(PATTERN, 'expected a time such as 250ms, 10s, 2m or 8h')
  .refine((text) => millisecondsOf(text) <= MAX_MS, 'expected at most 31 days (744h)')

/** Milliseconds of a `DURATION`. */
export function millisecondsOf(text: string): number {
  const [, number = '0', unit = 'ms'] = PATTERN.exec(text) ?? []
  return Math.round(Number(number) * (isUnit(unit) ? UNITS[unit] : 1))
}

function isUnit(text: string): text is keyof typeof UNITS {
  return Object.hasOwn(UNITS, text)
}
