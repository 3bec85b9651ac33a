import type { BackendSettings } from '../../../../runner/target.ts'
import { fieldValue, withField, type RequestHead, type ResponseHead } from '../../http/head.ts'

const REDIRECTS = new Set([301, 302, 303, 307, 308])

/** Cookies of one back end, by name. */
export type CookieJar = Map<string, string>

/** Keeps the cookies of a back end, so that a load balancer in front of it finds the same node. */
export function keepCookies(jar: CookieJar, response: ResponseHead): void {
  for (const [name, value] of response.fields) {
    if (name.toLowerCase() !== 'set-cookie') continue
    const [, key, content] = /^([^=;\s]+)=([^;]*)/.exec(value) ?? []
    if (key !== undefined && content !== undefined) jar.set(key, content)
  }
}

/**
 * The request for `url`, which is the back end's own URL or a redirect. Credentials, cookies and
 * configured fields are sent to the back end's own host and port only.
 */
export function backendRequest(url: URL, settings: BackendSettings, jar: CookieJar): RequestHead {
  let head: RequestHead = {
    method: 'GET',
    target: `${url.pathname}${url.search}`,
    version: '1.1',
    fields: [
      ['Host', url.host],
      ['Accept', 'text/event-stream'],
      ['Cache-Control', 'no-cache'],
      ['Accept-Encoding', 'identity'],
    ],
  }
  if (url.host !== new URL(settings.url).host) return head
  if (jar.size > 0) {
    head = withField(head, 'Cookie', Array.from(jar, (pair) => pair.join('=')).join('; '))
  }
  if (settings.credentials !== undefined) {
    const { username, password } = settings.credentials
    const token = Buffer.from(`${username}:${password}`).toString('base64')
    head = withField(head, 'Authorization', `Basic ${token}`)
  }
  for (const [name, value] of Object.entries(settings.httpHeaders ?? {})) {
    head = withField(head, name, value)
  }
  return head
}

/** The target of a redirect, if it can be followed. */
export function redirection(response: ResponseHead, from: URL, only302: boolean): URL | undefined {
  const location = fieldValue(response, 'location')
  if (!REDIRECTS.has(response.status) || location === undefined) return undefined
  if (only302 && response.status !== 302) return undefined
  if (!URL.canParse(location, from.href)) return undefined
  const to = new URL(location, from)
  return to.protocol === 'http:' ? to : undefined
}

/**
 * [sse §9.2.2] Only 200 with this type is a stream; parameters and letter case of the type do not
 * matter. A coding that was not asked for is refused [protocol §4.11].
 */
export function isEventStream(response: ResponseHead): boolean {
  if ((fieldValue(response, 'content-encoding') ?? 'identity') !== 'identity') return false
  return isLabelledEventStream(response)
}

export function isLabelledEventStream(response: ResponseHead): boolean {
  const [type = ''] = (fieldValue(response, 'content-type') ?? '').split(';')
  return response.status === 200 && type.trim().toLowerCase() === 'text/event-stream'
}
