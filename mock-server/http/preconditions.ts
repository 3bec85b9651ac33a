import type { Request } from 'express'

import type { MockServerErrorCode } from '../errors.ts'
import { MockServerError } from '../errors.ts'

/** A request as far as its preconditions go. */
type Conditional = Pick<Request, 'get'>

const MISSING_CODES: Readonly<Record<number, MockServerErrorCode>> = {
  400: 'bad-request',
  428: 'precondition-required',
}
/** Characters of a header that an answer repeats. */
const MAX_SHOWN = 200

/**
 * [http §13] For a method that changes something: throws `precondition-failed` unless the
 * conditions of the request hold. `etag` is that of the current version; undefined for a resource
 * without one. Call it after all other checks: a request that fails for another reason gets the
 * same response with and without conditions [http §13.2.1]. Conditions on dates are ignored,
 * because no resource has a modification date [http §13.1.3].
 */
export function assertPreconditions(request: Conditional, etag?: string): void {
  assertMatch(request, etag)
  const given = request.get('If-None-Match')
  if (given === undefined || !matchesWeakly(given, etag)) return
  throw failed(`If-None-Match: ${shown(given)} is what is there now, so nothing was changed`)
}

/**
 * [protocol §2.3] As `assertPreconditions`, for a PUT: it names the version that it changes, or
 * `*`, which is meant for tests. Throws the error for `missingStatus` when `If-Match` is missing.
 */
export function requireMatch(request: Conditional, etag: string, missingStatus = 412): void {
  if (request.get('If-Match') === undefined) {
    throw new MockServerError(
      MISSING_CODES[missingStatus] ?? 'precondition-failed',
      'If-Match is missing: send the ETag that a GET answered, or *',
    )
  }
  assertPreconditions(request, etag)
}

/**
 * [http §13] For GET and HEAD: whether to answer 304. Throws `precondition-failed` when `If-Match`
 * does not hold.
 */
export function isNotModified(request: Conditional, etag?: string): boolean {
  assertMatch(request, etag)
  const given = request.get('If-None-Match')
  return given !== undefined && matchesWeakly(given, etag)
}

/** [http §13.1.1] By strong comparison: a weak tag never matches. */
function assertMatch(request: Conditional, etag: string | undefined): void {
  const given = request.get('If-Match')
  if (given === undefined) return
  const tags = entityTags(given)
  if (tags.includes('*') || (etag?.startsWith('"') === true && tags.includes(etag))) return
  throw failed(`If-Match: ${whyNot(tags, etag)}`)
}

function whyNot(tags: readonly string[], etag: string | undefined): string {
  if (etag === undefined)
    return 'this resource has no ETag, so no tag matches; leave the header out, or send *'
  const bare = tags.find((tag) => !isEntityTag(tag))
  if (bare !== undefined) {
    return bare === ''
      ? 'it is empty; send the ETag that a GET answered'
      : `${shown(bare)} is no entity tag: write it in double quotes, as the GET answered it`
  }
  const weak = tags.find((tag) => tag.startsWith('W/'))
  if (weak !== undefined)
    return `${shown(weak)} is weak, and If-Match takes strong tags alone: send it without W/`
  return `it has changed since ${shown(tags.join(', '))}: GET it again and repeat the change on that`
}

/** [http §13.1.2] By weak comparison. */
function matchesWeakly(given: string, etag: string | undefined): boolean {
  const tags = entityTags(given)
  return tags.includes('*') || (etag !== undefined && tags.map(opaque).includes(opaque(etag)))
}

function opaque(tag: string): string {
  return tag.startsWith('W/') ? tag.slice(2) : tag
}

function isEntityTag(tag: string): boolean {
  const quoted = opaque(tag)
  return tag === '*' || (quoted.startsWith('"') && quoted.indexOf('"', 1) === quoted.length - 1)
}

/** The members of a list; a comma inside quotes belongs to its tag. Reads each character once. */
function entityTags(header: string): readonly string[] {
  const tags: string[] = []
  let start = 0
  let isQuoted = false
  for (let at = 0; at < header.length; at += 1) {
    if (header[at] === '"') isQuoted = !isQuoted
    else if (header[at] === ',' && !isQuoted) {
      tags.push(header.slice(start, at).trim())
      start = at + 1
    }
  }
  tags.push(header.slice(start).trim())
  // Empty members of a list have no meaning [http §5.6.1.2].
  const named = tags.filter((tag) => tag !== '')
  return named.length === 0 ? [''] : named
}

function shown(text: string): string {
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}…`
}

function failed(message: string): MockServerError {
  return new MockServerError('precondition-failed', message)
}
