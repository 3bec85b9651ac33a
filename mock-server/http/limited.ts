import type { z } from 'zod'

import type { LimitName } from '../content/limits.ts'
import { LIMITS } from '../content/limits.ts'

/** What an issue of `limited` carries. */
export interface ReachedLimit {
  readonly code: 'limit-reached' | 'too-large'
  readonly limit: LimitName
}

/**
 * A list or a text with a named limit. `readBody` answers a longer one with 409 or 413 and that
 * name. JSON Schemas have the number, as with `max`.
 */
export function limited<Schema extends z.ZodType<string | readonly unknown[]>>(
  limit: LimitName,
  schema: Schema,
): Schema {
  const most = LIMITS[limit]
  const isText = schema.def.type === 'string'
  const reached: ReachedLimit = { code: isText ? 'too-large' : 'limit-reached', limit }
  const unit = isText ? 'characters' : 'entries'
  const checked = schema.check(({ value, issues }) => {
    if (value.length <= most) return
    const message = `${limit}: expected at most ${most} ${unit}, got ${value.length}`
    issues.push({ code: 'custom', input: value, message, params: { ...reached } })
  })
  return checked.meta(isText ? { maxLength: most } : { maxItems: most })
}
