import type { IncomingHttpHeaders, ServerResponse } from 'node:http'

import { REDACTED } from '../http/redact-url.ts'

/** Fields of requests that say who asked for what. Secrets are kept by their scheme alone. */
const REQUEST_FIELDS = [
  'host',
  'user-agent',
  'accept',
  'authorization',
  'cookie',
  'content-type',
  'content-length',
  'if-match',
  'if-none-match',
  'last-event-id',
  'origin',
  'x-requested-with',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
] as const

const RESPONSE_FIELDS = [
  'content-type',
  'content-length',
  'etag',
  'location',
  'retry-after',
  'www-authenticate',
  'allow',
] as const

const LONGEST_VALUE = 300

/** Names and values in turn: `earlier` itself if it has the same ones. */
export function keptRequestHeaders(
  headers: IncomingHttpHeaders,
  earlier?: readonly string[],
): readonly string[] {
  return collect(REQUEST_FIELDS, earlier, (name) => {
    const value = headers[name]
    return value === undefined ? undefined : shown(name, String(value))
  })
}

/** As `keptRequestHeaders`. */
export function keptResponseHeaders(
  response: Pick<ServerResponse, 'getHeader'>,
  earlier?: readonly string[],
): readonly string[] {
  return collect(RESPONSE_FIELDS, earlier, (name) => {
    const value = response.getHeader(name)
    return value === undefined ? undefined : shortened(String(value))
  })
}

function collect<Name extends string>(
  names: readonly Name[],
  earlier: readonly string[] = [],
  valueOf: (name: Name) => string | undefined,
): readonly string[] {
  let kept: string[] | undefined
  let same = 0
  for (const name of names) {
    const value = valueOf(name)
    if (value === undefined) continue
    if (kept === undefined && earlier[same] === name && earlier[same + 1] === value) {
      same += 2
      continue
    }
    kept ??= earlier.slice(0, same)
    kept.push(name, value)
  }
  if (kept !== undefined) return kept
  return same === earlier.length ? earlier : earlier.slice(0, same)
}

function shown(name: (typeof REQUEST_FIELDS)[number], value: string): string {
  switch (name) {
    case 'authorization': {
      // A value without a scheme is the secret itself.
      const scheme = /^[\w-]{1,20}(?= )/.exec(value)?.[0]
      return scheme === undefined ? REDACTED : `${scheme} ${REDACTED}`
    }
    case 'cookie':
      return REDACTED
    case 'host':
      return shortened(value.slice(value.lastIndexOf('@') + 1))
    default:
      return shortened(value)
  }
}

function shortened(value: string): string {
  if (value.length <= LONGEST_VALUE) return value
  // A copy: a slice would keep the whole value in memory.
  return `${Buffer.from(value.slice(0, LONGEST_VALUE)).toString()}…`
}
