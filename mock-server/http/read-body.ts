import type { z } from 'zod'

import { MockServerError } from '../errors.ts'
import { mistakeText } from '../mistake-text.ts'
import type { ReachedLimit } from './limited.ts'

/**
 * Checks a parsed body; a missing one counts as `{}`. Throws one `bad-request` that lists every
 * mistake; for a limit that is reached (`limited`), the error of that limit.
 */
export function readBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body ?? {}, { error: mistakeText })
  if (result.success) return result.data
  const { issues } = result.error
  for (const issue of issues) {
    if (!isReachedLimit(issue)) continue
    const { code, limit } = issue.params
    throw new MockServerError(code, issue.message, { limit })
  }
  const mistakes = issues.map(({ path, message }) => {
    return path.length === 0 ? message : `${path.join('.')}: ${message}`
  })
  throw new MockServerError('bad-request', mistakes.join('; '))
}

function isReachedLimit(issue: z.core.$ZodIssue): issue is z.core.$ZodIssue & {
  readonly params: ReachedLimit
} {
  return issue.code === 'custom' && issue.params?.['limit'] !== undefined
}
