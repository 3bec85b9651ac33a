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

/** Names and values in turn. */
export function keptRequestHeaders(headers: IncomingHttpHeaders): readonly string[] {
  const kept: string[] = []
  for (const name of REQUEST_FIELDS) {
    const value = headers[name]
    if (value !== undefined) kept.push(name, shown(name, String(value)))
  }
  return kept
}

/** As `keptRequestHeaders`. */
export function keptResponseHeaders(
  response: Pick<ServerResponse, 'getHeader'>,
): readonly string[] {
  const kept: string[] = []
  for (const name of RESPONSE_FIELDS) {
    const value = response.getHeader(name)
    if (value !== undefined) kept.push(name, shortened(String(value)))
  }
  return kept
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
