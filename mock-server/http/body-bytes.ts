import type { RequestHandler } from 'express'
import { raw } from 'express'

import { MockServerError } from '../errors.ts'

/** Content codings that a body may have. [http §8.4.1] */
const CODINGS = ['gzip', 'deflate', 'br']

/**
 * Takes the bytes of a body of any media type, decompressed: 413 above `maxBodyBytes`, 415 for an
 * unknown coding. Without a body, `request.body` is undefined.
 */
export function acceptBytes(maxBodyBytes: number): readonly RequestHandler[] {
  return [nameCoding, raw({ type: () => true, limit: maxBodyBytes })]
}

const nameCoding: RequestHandler = (request, response, next) => {
  const coding = request.get('Content-Encoding')?.trim().toLowerCase() ?? 'identity'
  // The older name of the same coding. [http §8.4.1.3]
  if (coding === 'x-gzip') request.headers['content-encoding'] = 'gzip'
  else if (coding !== 'identity' && !CODINGS.includes(coding)) {
    response.set('Accept-Encoding', CODINGS.join(', ')) // [http §12.5.3]
    throw new MockServerError(
      'unsupported-media-type',
      `Content-Encoding: expected one of ${CODINGS.join(', ')}, got ${coding}`,
    )
  }
  next()
}
