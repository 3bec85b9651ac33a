import { VERSION } from '../version.ts'
import type { CookieJar } from './cookie-jar.ts'
import type { BackEndTarget } from '../config/config.ts'

/** What determines the header fields of a request. */
export interface RequestContext {
  readonly target: BackEndTarget
  readonly url: URL
  /** Whether credentials and `httpHeaders` of the configuration may be sent to this URL. */
  readonly isTrusted: boolean
  readonly cookies: CookieJar
  readonly lastEventId: string | undefined
  readonly nowMs: number
}

/** Header fields of a request for an event stream [protocol §4.2] [protocol §4.3]. */
export function requestFields(context: RequestContext): Readonly<Record<string, string>> {
  const { target, url, isTrusted, cookies, lastEventId, nowMs } = context
  const fields: Record<string, string> = {
    Accept: 'text/event-stream',
    // [http §12.5.3] A compressor would delay events until its window is full.
    'Accept-Encoding': 'identity',
    'Cache-Control': 'no-cache',
    'User-Agent': `sse-proxy/${VERSION}`,
  }
  if (lastEventId !== undefined) fields['Last-Event-ID'] = toFieldText(lastEventId)
  const cookie = cookies.fieldFor(url, nowMs)
  if (cookie !== undefined) fields['Cookie'] = cookie
  // [fetch §4.4] Credentials for one origin are not sent to another.
  if (!isTrusted) return fields
  if (target.credentials !== undefined) {
    const { username, password } = target.credentials
    fields['Authorization'] = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  }
  for (const [name, value] of Object.entries(target.httpHeaders)) {
    for (const own of Object.keys(fields)) {
      if (own.toLowerCase() === name.toLowerCase()) delete fields[own]
    }
    fields[name] = value
  }
  return fields
}

/** Why an id cannot be sent back as `Last-Event-ID`; undefined when it can. */
export function whyNotSendable(id: string, maxBytes: number): string | undefined {
  const bytes = Buffer.byteLength(id)
  if (bytes > maxBytes) {
    return `an id of ${bytes} bytes, the limit is ${maxBytes} (proxy.backEnd.maxIdBytes)`
  }
  return FIELD_TEXT.test(toFieldText(id)) ? undefined : 'an id with control characters'
}

// [http §5.5]
const FIELD_TEXT = /^[\t -~\u0080-\u00ff]*$/

/** [sse §9.2.3] In UTF-8; Node writes header fields as Latin-1. */
function toFieldText(id: string): string {
  return Buffer.from(id).toString('latin1')
}
