import { hostname } from 'node:os'

import type { RequestHandler } from 'express'

import { MockServerError } from '../errors.ts'
import type { Settings } from '../knobs.ts'

const READING = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Keeps web pages out: a page in a browser of the same machine can send requests here, under its own Origin, or under
 * a name of its own that resolves to loopback. [protocol §7.1]
 */
export function guardControl(settings: Settings): RequestHandler {
  const allowed = new Set([
    settings.host,
    hostname(),
    publicHostname(settings.publicUrl),
    ...settings.allowHost,
  ])
  return (request, _response, next) => {
    if (READING.has(request.method)) return next()
    const host = request.get('Host') ?? ''
    const name = hostnameOf(`http://${host}`)
    if (
      name === undefined ||
      !(isLoopback(name) || allowed.has(name) || name === request.socket.localAddress)
    ) {
      throw new MockServerError(
        'forbidden',
        `Host ${JSON.stringify(host)} may not change the store: use loopback, or start it with --allow-host NAME`,
      )
    }
    const origin = request.get('Origin')
    if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) {
      throw new MockServerError(
        'forbidden',
        `pages of ${JSON.stringify(origin)} may not change the store`,
      )
    }
    next()
  }
}

function isLoopback(name: string): boolean {
  return name === 'localhost' || name === '::1' || /^127\.\d+\.\d+\.\d+$/.test(name)
}

function hostnameOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).hostname.replace(/^\[(.*)\]$/, '$1') : undefined
}

function publicHostname(publicUrl: string): string {
  return publicUrl === '' ? '' : (hostnameOf(publicUrl) ?? '')
}
