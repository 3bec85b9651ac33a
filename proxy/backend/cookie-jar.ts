interface Cookie {
  readonly value: string
  readonly path: string
  /** Expiry as Unix time in ms; undefined = until the process ends. */
  readonly expiresMs: number | undefined
}

/**
 * Cookies of one back end, so that a load balancer sends each connection to the same store node. A
 * cookie is sent only to the origin that set it, even if its Domain attribute allows more [RFC 6265
 * §5].
 */
export class CookieJar {
  /** Cookies by origin, then by name and path, oldest first. */
  readonly #origins = new Map<string, Map<string, Cookie>>()

  /** Value of the Cookie field for a request of this URL; undefined when there is none. */
  fieldFor(url: URL, nowMs: number): string | undefined {
    const pairs: string[] = []
    let bytes = 0
    const cookies = [...(this.#origins.get(url.origin) ?? [])].toReversed()
    for (const [key, { value, path, expiresMs }] of cookies) {
      const isDue = expiresMs === undefined || expiresMs > nowMs
      const pair = `${key.slice(0, key.indexOf('='))}=${value}`
      if (!isDue || !pathMatches(url.pathname, path)) continue
      bytes += pair.length + 2
      // [RFC 6265 §6.1] Too many cookies would make the server refuse every request.
      if (bytes > MAX_COOKIE_FIELD) break
      pairs.push(pair)
    }
    return pairs.length === 0 ? undefined : pairs.toReversed().join('; ')
  }

  /** Stores the Set-Cookie fields of a response from this URL. */
  keep(url: URL, fields: readonly string[], nowMs: number): void {
    if (fields.length === 0) return
    const cookies = this.#origins.get(url.origin) ?? new Map<string, Cookie>()
    for (const field of fields) {
      if (field.length <= MAX_COOKIE_FIELD && SENDABLE.test(field)) {
        keepOne(cookies, url, field, nowMs)
      }
    }
    this.#origins.delete(url.origin)
    this.#origins.set(url.origin, cookies)
    if (this.#origins.size > MAX_ORIGINS) removeOldest(this.#origins)
  }

  /** Removes every cookie. */
  clear(): void {
    this.#origins.clear()
  }
}

const MAX_ORIGINS = 6
const MAX_COOKIES = 20
/** Most servers accept 8 KiB of request fields in all. */
const MAX_COOKIE_FIELD = 4096
/** [http §5.5] Characters allowed in a request field. */
const SENDABLE = /^[\t -~\u0080-\u00ff]*$/

// [RFC 6265 §5.2, §5.3]
function keepOne(cookies: Map<string, Cookie>, url: URL, field: string, nowMs: number): void {
  const [pair = '', ...attributes] = field.split(';')
  const equals = pair.indexOf('=')
  const name = pair.slice(0, Math.max(equals, 0)).trim()
  if (name === '') return
  let path = defaultPath(url)
  let maxAgeMs: number | undefined
  let expiresMs: number | undefined
  for (const attribute of attributes) {
    const [key = '', ...rest] = attribute.split('=')
    const value = rest.join('=').trim()
    switch (key.trim().toLowerCase()) {
      case 'path':
        path = value.startsWith('/') ? value : defaultPath(url)
        break
      case 'domain':
        if (!domainMatches(url.hostname, value.toLowerCase().replace(/^\./, ''))) return
        break
      case 'secure':
        if (url.protocol !== 'https:') return
        break
      case 'max-age':
        if (/^-?[0-9]+$/.test(value)) maxAgeMs = Number(value) * 1000
        break
      case 'expires':
        expiresMs = Number.isNaN(Date.parse(value)) ? expiresMs : Date.parse(value)
        break
      default:
    }
  }
  if (maxAgeMs !== undefined) expiresMs = nowMs + maxAgeMs
  const key = `${name}=${path}`
  cookies.delete(key)
  if (expiresMs !== undefined && expiresMs <= nowMs) return
  cookies.set(key, { value: pair.slice(equals + 1).trim(), path, expiresMs })
  if (cookies.size > MAX_COOKIES) removeOldest(cookies)
}

function defaultPath({ pathname }: URL): string {
  return pathname.slice(0, Math.max(pathname.lastIndexOf('/'), 1))
}

function pathMatches(requested: string, path: string): boolean {
  if (!requested.startsWith(path)) return false
  return requested.length === path.length || path.endsWith('/') || requested[path.length] === '/'
}

function domainMatches(host: string, domain: string): boolean {
  return domain === '' || host === domain || host.endsWith(`.${domain}`)
}

function removeOldest(map: Map<string, unknown>): void {
  for (const key of map.keys()) {
    map.delete(key)
    return
  }
}
