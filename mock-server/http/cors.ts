import type { RequestHandler } from 'express'

import type { Settings } from '../knobs.ts'

const METHODS = 'GET, POST, HEAD, OPTIONS, PUT, DELETE'
const REQUEST_HEADERS = [
  'Authorization',
  'Content-Type',
  'If-Match',
  'If-None-Match',
  'If-Modified-Since',
  'Last-Event-ID',
  'X-Requested-With',
  'X-Escenic-Locks',
  'X-Escenic-media-filename',
  'X-Escenic-home-section-uri',
]
/** Polyfills send it with each long poll. */
const LONG_POLL_HEADER = 'Cache-Control'
const EXPOSED_HEADERS = 'Link, Location, ETag, Allow, WWW-Authenticate'
const PREFLIGHT_SECONDS = 1_728_000

/**
 * Allows pages of other origins to use the web service, as the vendor's front server does; an empty
 * list allows none.
 */
export function allowOrigins({
  corsOrigins: origins,
  longPoll,
}: Pick<Settings, 'corsOrigins' | 'longPoll'>): RequestHandler {
  const requestHeaders = [...REQUEST_HEADERS, ...(longPoll ? [LONG_POLL_HEADER] : [])].join(', ')
  return (request, response, next) => {
    const origin = request.get('Origin')
    if (origins.length === 0) return next()
    response.vary('Origin')
    if (origin === undefined || !(origins.includes('*') || origins.includes(origin))) return next()
    // The origin itself, never "*": browsers require that with credentials.
    response.set({
      'Access-Control-Allow-Origin': origin,
      'Access-Control-Allow-Credentials': 'true',
      'Access-Control-Expose-Headers': EXPOSED_HEADERS,
    })
    if (request.method !== 'OPTIONS' || request.get('Access-Control-Request-Method') === undefined)
      return next()
    // Browsers send a preflight without credentials, so it is answered before the login is checked.
    response.set({
      'Access-Control-Allow-Methods': METHODS,
      'Access-Control-Allow-Headers': requestHeaders,
      'Access-Control-Max-Age': String(PREFLIGHT_SECONDS),
    })
    response.status(204).end()
  }
}
