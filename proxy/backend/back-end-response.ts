import { ProxyError } from '../errors.ts'
import type { BackEndMessage } from './back-end-request.ts'
import { type ContentCoding, readCodings } from './content-coding.ts'

/** What a back end's response head means. */
export type BackEndResponse =
  | { readonly kind: 'stream'; readonly codings: readonly ContentCoding[] }
  | { readonly kind: 'redirect'; readonly location: string }
  | {
      readonly kind: 'no-stream'
      readonly error: ProxyError
      readonly retryAfterMs: number
      /** Whether the back end may have refused the request because it is too large or malformed. */
      readonly refusesRequest: boolean
    }

const REDIRECTS = new Set([301, 302, 303, 307, 308])

/** What to check for these statuses. A quick retry does not help [protocol §4.5]. */
const HINTS: Readonly<Record<number, string>> = {
  401: 'check backends[].credentials',
  403: 'check that backends[].credentials may read the stream',
  404: 'check backends[].uri',
  407: 'put the login of the forward proxy into the URL in HTTP_PROXY',
}

/** Statuses of servers for header fields that are too large or malformed. */
const REQUEST_REFUSED = new Set([400, 413, 431])

/**
 * [protocol §4.5] Only 200 with `text/event-stream` is a stream; the type's parameters and letter
 * case do not matter.
 */
export function readResponse(
  { statusCode = 0, headers }: Pick<BackEndMessage, 'statusCode' | 'headers'>,
  nowMs: number,
): BackEndResponse {
  const { location } = headers
  if (REDIRECTS.has(statusCode) && location !== undefined) return { kind: 'redirect', location }
  const retryAfterMs = retryAfterMsOf(headers['retry-after'], nowMs)
  const refusesRequest = REQUEST_REFUSED.has(statusCode)
  const noStream = (error: ProxyError): BackEndResponse => ({
    kind: 'no-stream',
    error,
    retryAfterMs,
    refusesRequest,
  })
  if (statusCode !== 200) {
    const hint = HINTS[statusCode]
    const message = `answered ${statusCode}, expected 200${hint === undefined ? '' : `: ${hint}`}`
    return noStream(
      new ProxyError(hint === undefined ? 'back-end-lost' : 'back-end-refused', message),
    )
  }
  const type = headers['content-type']
  if (type === undefined || !/^text\/event-stream\s*(;|$)/i.test(type)) {
    const came = type === undefined ? 'no content type' : JSON.stringify(type.slice(0, 100))
    const message = `answered ${came}, expected text/event-stream: check backends[].uri`
    return noStream(new ProxyError('back-end-refused', message))
  }
  const transfer = headers['transfer-encoding']
  if (transfer !== undefined && !/^(chunked|identity)$/i.test(transfer)) {
    const came = JSON.stringify(transfer.slice(0, 100))
    const message = `answered Transfer-Encoding ${came}, expected none or chunked`
    return noStream(new ProxyError('back-end-refused', message))
  }
  try {
    return { kind: 'stream', codings: readCodings(headers['content-encoding']) }
  } catch (error) {
    if (error instanceof ProxyError) return noStream(error)
    throw error
  }
}

/**
 * [http §10.2.3] Seconds, or a date; 0 when there is none. At most an hour: a wrong clock must not
 * disconnect a back end for long.
 */
function retryAfterMsOf(field: string | undefined, nowMs: number): number {
  if (field === undefined) return 0
  const ms = /^[0-9]+$/.test(field) ? Number(field) * 1000 : httpDate(field) - nowMs
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(ms, 0), LONGEST_RETRY_AFTER_MS)
}

/** [http §5.6.7] NaN if the text is not a date; `Date.parse` alone accepts "-5". */
function httpDate(text: string): number {
  return /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text)
    ? Date.parse(text)
    : Number.NaN
}

const LONGEST_RETRY_AFTER_MS = 3_600_000
