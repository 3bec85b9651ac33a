import type { IncomingMessage } from 'node:http'

import { ProxyError } from '../errors.ts'

/** What a back end's response head means. */
export type Answer =
  | { readonly kind: 'stream' }
  | { readonly kind: 'redirect'; readonly location: string }
  | { readonly kind: 'no-stream'; readonly error: ProxyError; readonly retryAfterMs: number }

const REDIRECTS = new Set([301, 302, 303, 307, 308])

/** What to look at when a back end gives one of these answers, which a quick retry does not mend [protocol §4.5]. */
const HINTS: Readonly<Record<number, string>> = {
  401: 'check backends[].credentials',
  403: 'check that backends[].credentials may read the stream',
  404: 'check backends[].uri',
}

/** [protocol §4.5] Only 200 with `text/event-stream` is a stream; the type's parameters and letter case do not matter. */
export function readAnswer({ statusCode = 0, headers }: IncomingMessage, nowMs: number): Answer {
  const { location } = headers
  if (REDIRECTS.has(statusCode) && location !== undefined) return { kind: 'redirect', location }
  const retryAfterMs = retryAfterMsOf(headers['retry-after'], nowMs)
  if (statusCode !== 200) {
    const hint = HINTS[statusCode]
    const message = `answered ${statusCode}, expected 200${hint === undefined ? '' : `: ${hint}`}`
    const code = hint === undefined ? 'back-end-lost' : 'back-end-refused'
    return { kind: 'no-stream', error: new ProxyError(code, message), retryAfterMs }
  }
  const type = headers['content-type']
  if (type !== undefined && /^text\/event-stream\s*(;|$)/i.test(type)) return { kind: 'stream' }
  const came = type === undefined ? 'no content type' : JSON.stringify(type.slice(0, 100))
  const message = `answered ${came}, expected text/event-stream: check backends[].uri`
  return { kind: 'no-stream', error: new ProxyError('back-end-refused', message), retryAfterMs }
}

/** [http §10.2.3] Seconds, or a date; 0 when there is none. At most an hour: a wrong clock must not silence a back end. */
function retryAfterMsOf(field: string | undefined, nowMs: number): number {
  if (field === undefined) return 0
  const ms = /^[0-9]+$/.test(field) ? Number(field) * 1000 : Date.parse(field) - nowMs
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(ms, 0), LONGEST_RETRY_AFTER_MS)
}

const LONGEST_RETRY_AFTER_MS = 3_600_000
