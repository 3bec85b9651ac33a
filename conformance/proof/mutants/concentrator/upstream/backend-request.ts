import type { BackendSettings } from '../../../../runner/target.ts'
import { fieldValue, withField, type RequestHead, type ResponseHead } from '../../http/head.ts'
import type { BackendFaults } from '../concentrator-faults.ts'

const REDIRECTS = new Set([301, 302, 303, 307, 308])

interface Cookie {
  readonly content: string
  readonly path: string
}

/** Cookies of one back end and of the hosts that it redirects to: by host and port, then by name. */
export type HostCookies = Map<string, Map<string, Cookie>>

/**
 * A fault. `everywhere`: every cookie is sent to every host. `any-path`: to every path of its host.
 * `for-ever`: a cookie never expires.
 */
export type CookieFault = 'none' | 'everywhere' | 'any-path' | 'for-ever'

/** Keeps the cookies of a back end, so that a load balancer in front of it finds the same node. */
export function keepCookies(
  jar: HostCookies,
  { host }: URL,
  response: ResponseHead,
  fault?: CookieFault,
): void {
  const own = jar.get(host) ?? new Map<string, Cookie>()
  jar.set(host, own)
  for (const [name, value] of response.fields) {
    if (name.toLowerCase() !== 'set-cookie') continue
    const [, key, content] = /^([^=;\s]+)=([^;]*)/.exec(value) ?? []
    if (key === undefined || content === undefined) continue
    const [, path = '/'] = /; *path=(\/[^;]*)/i.exec(value) ?? []
    if (isExpired(value) && fault !== 'for-ever') own.delete(key)
    else own.set(key, { content, path })
  }
}

// [cookies §5.3]
function isExpired(setCookie: string): boolean {
  const [, seconds] = /; *max-age=(-?\d+)/i.exec(setCookie) ?? []
  if (seconds !== undefined) return Number(seconds) <= 0
  const [, date] = /; *expires=([^;]*)/i.exec(setCookie) ?? []
  return date !== undefined && Date.parse(date) <= Date.now()
}

/** The cookies for a request of this URL. Empty: none. */
export function cookieField(jar: HostCookies, url: URL, fault?: CookieFault): string {
  const everywhere = fault === 'everywhere'
  const jars = everywhere ? [...jar.values()] : [jar.get(url.host) ?? new Map<string, Cookie>()]
  return jars
    .flatMap((own) => [...own])
    .filter(([, { path }]) => everywhere || fault === 'any-path' || isUnder(path, url.pathname))
    .map(([name, { content }]) => `${name}=${content}`)
    .join('; ')
}

// [cookies §5.1.4]
function isUnder(path: string, pathname: string): boolean {
  return `${pathname}/`.startsWith(path.endsWith('/') ? path : `${path}/`)
}

/**
 * The request for `url`, which is the back end's own URL or a redirect. Credentials and
 * configured fields are sent to the back end's own host and port only.
 */
export function backendRequest(url: URL, settings: BackendSettings, cookies: string): RequestHead {
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
  if (cookies !== '') head = withField(head, 'Cookie', cookies)
  if (url.host !== new URL(settings.url).host) return head
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
export function redirection(
  response: ResponseHead,
  from: URL,
  fault: BackendFaults['redirect'],
): URL | undefined {
  const location = fieldValue(response, 'location')
  if (!REDIRECTS.has(response.status) || location === undefined) return undefined
  if (fault === 'only-302' && response.status !== 302) return undefined
  if (fault === 'joins-path' && !/^\w+:/.test(location)) return joined(from, location)
  if (!URL.canParse(location, from.href)) return undefined
  const to = new URL(location, from)
  return to.protocol === 'http:' ? to : undefined
}

/** A fault: every reference counts as a path of the same host. */
function joined({ origin }: URL, location: string): URL {
  return new URL(`${origin}${location.startsWith('/') ? '' : '/'}${location}`)
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

/** Accepts this content coding, too. */
export function isStreamOr(coding: 'br' | 'gzip'): (response: ResponseHead) => boolean {
  return (response) =>
    fieldValue(response, 'content-encoding') === coding
      ? isLabelledEventStream(response)
      : isEventStream(response)
}
