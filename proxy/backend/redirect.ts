import { lookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'

import type { ProxyError } from '../errors.ts'
import { type AddressScope, scopeOf } from './address-scope.ts'
import { refused } from './trouble.ts'

/** Allowed origins of redirects besides the configured one; `*` = every origin. */
type RedirectOrigins = readonly string[]

export interface Redirect {
  readonly url: URL
  /**
   * Addresses of a narrower scope are refused; undefined = all are allowed, since the file names
   * the origin.
   */
  readonly widestScope: AddressScope | undefined
}

export interface RedirectSource {
  /** The configured URL. */
  readonly target: URL
  /** The URL that answered with the redirect, and the IP address of its server. */
  readonly from: URL
  readonly address: string
  readonly allowed: RedirectOrigins
}

const LONGEST_LOCATION = 4096
const HOW_TO_ALLOW = 'name it in proxy.backEnd.redirectOrigins, or put the new URL into backends[]'

/**
 * Reads a `Location` field. A back end must not choose freely where the proxy connects, so only the
 * configured and the allowed origins are followed. `*` allows all others, except from https to
 * http, and into a network closer than the back end's own. Throws `back-end-refused`.
 */
export function readRedirect(location: string, source: RedirectSource): Redirect {
  const { target, from, address, allowed } = source
  const url = location.length <= LONGEST_LOCATION ? parse(location, from) : undefined
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw refused('redirects to something that is not an http or https URL')
  }
  if (url.username !== '' || url.password !== '') {
    throw refused('redirects to a URL with a login, which is not followed')
  }
  url.hash = ''
  if (url.origin === target.origin || allowed.includes(url.origin)) {
    return { url, widestScope: undefined }
  }
  if (!allowed.includes('*')) {
    throw refused(`redirects to another origin, ${url.origin}: ${HOW_TO_ALLOW}`)
  }
  if (from.protocol === 'https:' && url.protocol === 'http:') {
    throw refused(`redirects from https to ${url.origin}: ${HOW_TO_ALLOW}`)
  }
  const widestScope = scopeOf(address)
  const host = hostOf(url)
  if (isIP(host) !== 0 && scopeOf(host) > widestScope) throw tooClose(host)
  return { url, widestScope }
}

/** Like `dns.lookup`, but fails when the name has an address of a narrower scope. */
export function lookupWithin(widestScope: AddressScope): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, options, (error, address, family) => {
      if (error !== null) {
        callback(error, address, family)
        return
      }
      const addresses = typeof address === 'string' ? [{ address }] : address
      const isTooClose = addresses.some((each) => scopeOf(each.address) > widestScope)
      callback(isTooClose ? tooClose(hostname) : null, address, family)
    })
  }
}

/** The host of a URL without the brackets of an IPv6 address. */
export function hostOf({ hostname }: URL): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
}

function parse(location: string, from: URL): URL | undefined {
  return URL.canParse(location, from.href) ? new URL(location, from.href) : undefined
}

function tooClose(host: string): ProxyError {
  return refused(`redirects to ${host}, an address of a closer network: ${HOW_TO_ALLOW}`)
}
