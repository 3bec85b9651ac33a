import { createHash } from 'node:crypto'

import type { Request } from 'express'

import type { MockServerErrorCode } from '../errors.ts'
import { MockServerError } from '../errors.ts'

const MISSING_CODES: Readonly<Record<number, MockServerErrorCode>> = {
  400: 'bad-request',
  428: 'precondition-required',
}

/** An opaque tag, 27 hex digits as in the manual, for the version that `parts` name. */
export function etagOf(...parts: readonly (string | number)[]): string {
  return `"${createHash('sha256').update(parts.join(' ')).digest('hex').slice(0, 27)}"`
}

/**
 * [protocol §2.3] A PUT names the version that it changes; `*` is meant for tests. Throws `precondition-failed` for another
 * version, and the error for `missingStatus` when the header is missing.
 */
export function assertMatch(
  request: Pick<Request, 'get'>,
  etag: string,
  missingStatus = 412,
): void {
  const given = request.get('If-Match')
  if (given === undefined) {
    throw new MockServerError(
      MISSING_CODES[missingStatus] ?? 'precondition-failed',
      'If-Match is missing: send the ETag that a GET answered, or *',
    )
  }
  const tags = new Set(given.split(',').map((tag) => tag.trim()))
  if (tags.has('*') || tags.has(etag)) return
  throw new MockServerError(
    'precondition-failed',
    `it has changed since ${given}: GET it again and repeat the change on that`,
  )
}
