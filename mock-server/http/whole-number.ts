import { MockServerError } from '../errors.ts'

/**
 * Parses a number in a path or query. Throws `bad-request` for everything but a whole number in
 * range.
 */
export function wholeNumber(
  value: unknown,
  what: string,
  { min = 0, max = Number.MAX_SAFE_INTEGER }: { readonly min?: number; readonly max?: number } = {},
): number {
  const number = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN
  if (number >= min && number <= max) return number
  throw new MockServerError(
    'bad-request',
    `${what}: expected a whole number from ${min} to ${max}, got ${JSON.stringify(value) ?? 'nothing'}`,
  )
}
