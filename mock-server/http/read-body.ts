import type { z } from 'zod'

import { MockServerError } from '../errors.ts'

/**
 * Checks a parsed body; a missing one counts as `{}`. Throws one `bad-request` that lists every
 * mistake.
 */
export function readBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body ?? {})
  if (result.success) return result.data
  const mistakes = result.error.issues.map(({ path, message }) => {
    return path.length === 0 ? message : `${path.join('.')}: ${message}`
  })
  throw new MockServerError('bad-request', mistakes.join('; '))
}
