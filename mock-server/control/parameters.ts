import { z } from 'zod'

import { wholeNumber } from '../http/whole-number.ts'

/** A whole number in a path or a query. Its errors name `what`. */
export function numberParameter(
  what: string,
  range: { readonly min?: number; readonly max?: number } = {},
): z.ZodType<number> {
  const { min = 0, max } = range
  return z
    .string()
    .transform((text) => wholeNumber(text, what, range))
    .meta({ type: 'integer', minimum: min, ...(max === undefined ? {} : { maximum: max }) })
}
