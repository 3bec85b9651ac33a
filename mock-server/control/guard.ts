import { hostname } from 'node:os'

import type { RequestHandler } from 'express'

import { MockServerError } from '../errors.ts'
import { hostNameOf, isLoopback } from '../http/host-name.ts'
import type { Settings } from '../knobs.ts'

/**
 * What changes something and comes from a page has this header. A form cannot send it, and a script
 * of another origin cannot without a preflight, which is refused.
 */
const PAGE_HEADER = 'X-Mock-Page'
const READS = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Blocks web pages, for reads and writes. A page in a browser on the same machine can send requests
 * here with its own Origin, and can read the responses through a host name of its own that resolves
 * to loopback. [protocol §7.1]
 */
export function guardControl(settings: Settings): RequestHandler {
  const allowed = new Set([
    settings.host,
    hostname(),
    publicHostname(settings.publicUrl),
    ...settings.allowHost,
  ])
  return (request, _response, next) => {
    const host = request.get('Host') ?? ''
    const name = hostNameOf(`http://${host}`)
    if (
      name === undefined ||
      !(isLoopback(name) || allowed.has(name) || name === ownAddress(request.socket.localAddress))
    ) {
      throw new MockServerError(
        'forbidden',
        `Host ${JSON.stringify(host)} may not use the control API: use loopback, or start the store with --allow-host NAME`,
      )
    }
    const origin = request.get('Origin')
    if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) {
      throw new MockServerError(
        'forbidden',
        `pages of ${JSON.stringify(origin)} may not use the control API`,
      )
    }
    if (READS.has(request.method)) return next()
    const isPage = request.get(PAGE_HEADER) !== undefined
    if (origin !== undefined && !isPage) {
      throw new MockServerError(
        'forbidden',
        `a page that changes something sends the header ${PAGE_HEADER}: 1`,
      )
    }
    if (isPage && settings.uiReadonly) {
      throw new MockServerError('forbidden', 'the page may only read: --ui-readonly is set')
    }
    next()
  }
}

/** Removes the prefix of an IPv4 address on a dual-stack socket. */
function ownAddress(localAddress: string | undefined): string | undefined {
  return localAddress?.startsWith('::ffff:') === true ? localAddress.slice(7) : localAddress
}

function publicHostname(publicUrl: string): string {
  return publicUrl === '' ? '' : (hostNameOf(publicUrl) ?? '')
}
