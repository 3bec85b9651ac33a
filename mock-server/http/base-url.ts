import type { Request } from 'express'

import { MockServerError } from '../errors.ts'
import { mountPathOf } from './mount-path.ts'

/** Limit of a host and its port, as in DNS: the host is part of every URL in the response. */
const MAX_AUTHORITY_LENGTH = 255 + ':65535'.length
const AUTHORITY = /^(?:[a-z\d](?:[a-z\d._-]*[a-z\d])?|\[[\da-f:.]+\])(?::\d{1,5})?$/i

/**
 * What every URL in the answer begins with. Scheme, host and port are those of the configured
 * public URL, else of the forwarded headers of a front server, else the Host of this request.
 * [protocol §1.8] The path of the request's space follows. Throws `bad-request` for an invalid
 * host, because it would appear in feeds and frames.
 */
export function baseUrlOf(request: Pick<Request, 'get' | 'socket'>, publicUrl: string): string {
  return (publicUrl || requestedOrigin(request)) + mountPathOf(request)
}

function requestedOrigin(request: Pick<Request, 'get' | 'socket'>): string {
  const scheme = firstOf(request.get('X-Forwarded-Proto')) ?? 'http'
  const host =
    firstOf(request.get('X-Forwarded-Host')) ?? request.get('Host') ?? localAuthority(request)
  const port = firstOf(request.get('X-Forwarded-Port'))
  if (scheme !== 'http' && scheme !== 'https') {
    throw new MockServerError(
      'bad-request',
      `expected http or https in X-Forwarded-Proto, got ${JSON.stringify(scheme)}`,
    )
  }
  if (port !== undefined && !/^\d{1,5}$/.test(port)) {
    throw new MockServerError(
      'bad-request',
      `expected a number in X-Forwarded-Port, got ${JSON.stringify(port)}`,
    )
  }
  if (host.length > MAX_AUTHORITY_LENGTH) {
    throw new MockServerError(
      'bad-request',
      `host: expected at most ${MAX_AUTHORITY_LENGTH} characters, got ${host.length}`,
    )
  }
  const authority =
    port === undefined || /:\d+$/.test(host) || isDefaultPort(scheme, port)
      ? host
      : `${host}:${port}`
  if (!AUTHORITY.test(authority)) {
    throw new MockServerError(
      'bad-request',
      `expected a host name with an optional port, got ${JSON.stringify(authority)}`,
    )
  }
  return `${scheme}://${authority}`
}

/** Each front server appends its value, so the first one is the client's. */
function firstOf(header: string | undefined): string | undefined {
  const value = header?.split(',', 1)[0]?.trim()
  return value === '' ? undefined : value
}

function isDefaultPort(scheme: string, port: string): boolean {
  return port === (scheme === 'https' ? '443' : '80')
}

/** HTTP/1.0 clients may omit Host. */
function localAuthority(request: Pick<Request, 'socket'>): string {
  const { localAddress = '127.0.0.1', localPort = 80 } = request.socket
  return `${localAddress.includes(':') ? `[${localAddress}]` : localAddress}:${localPort}`
}
