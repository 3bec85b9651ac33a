import type { Request, RequestHandler } from 'express'

import { MockServerError } from '../errors.ts'
import { acceptBytes } from './body-bytes.ts'

const MEDIA_TYPE = 'text/uri-list'

/** Accepts a list of URIs as body: 415 for another media type, 413 above `maxBodyBytes`. */
export function acceptUriList(maxBodyBytes: number): readonly RequestHandler[] {
  return [requireUriList, ...acceptBytes(maxBodyBytes)]
}

/**
 * The URIs that `acceptUriList` accepted, without comments. [RFC 2483 §5] Throws `bad-request` for
 * none.
 */
export function urisOf(request: Pick<Request, 'body'>): readonly string[] {
  // Without a body the parser sets none.
  const body: unknown = request.body
  const lines = Buffer.isBuffer(body) ? body.toString('latin1').split(/\r\n|\n|\r/) : []
  const uris = lines.map((line) => line.trim()).filter((line) => line !== '' && line[0] !== '#')
  if (uris.length > 0) return uris
  throw new MockServerError('bad-request', 'the body is empty; send one URI per line')
}

const requireUriList: RequestHandler = (request, _response, next) => {
  const type = request.get('Content-Type')?.split(';', 1)[0]?.trim().toLowerCase()
  if (type === MEDIA_TYPE) return next()
  throw new MockServerError(
    'unsupported-media-type',
    `Content-Type: expected ${MEDIA_TYPE}, got ${type ?? 'none'}`,
  )
}
