import type { ErrorRequestHandler, Request, RequestHandler } from 'express'

import { MockServerError } from '../errors.ts'
import { acceptBytes } from './body-bytes.ts'

/** An uploaded file. */
export interface Upload {
  readonly mediaType: string
  readonly bytes: Uint8Array
}

const MAX_TYPE_LENGTH = 200
const MEDIA_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+\s*(?:;.*)?$/

/**
 * Accepts a file as body: 415 without its media type, 413 above `maxBytes`. `reserve` keeps room
 * for it while it is read, and throws when there is none.
 */
export function acceptBinary(
  maxBytes: number,
  reserve: (bytes: number) => () => void,
): readonly (RequestHandler | ErrorRequestHandler)[] {
  const keepRoom: RequestHandler = (request, response, next) => {
    mediaTypeOf(request)
    const release = reserve(Math.min(bytesAtMost(request) ?? maxBytes, maxBytes))
    response.once('close', release)
    next()
  }
  // Express recognizes error handlers by their four parameters.
  const nameLimit: ErrorRequestHandler = (error: unknown, _request, _response, next) => {
    next(isTooLarge(error) ? tooLarge(maxBytes) : error)
  }
  return [keepRoom, ...acceptBytes(maxBytes), nameLimit]
}

/** The file that `acceptBinary` accepted. Throws `bad-request` for none. */
export function uploadOf(request: Request): Upload {
  const bytes: unknown = request.body
  if (!Buffer.isBuffer(bytes) || bytes.length === 0)
    throw new MockServerError('bad-request', 'the body is empty; send the file')
  return { mediaType: mediaTypeOf(request), bytes }
}

function mediaTypeOf(request: Pick<Request, 'get'>): string {
  const type = request.get('Content-Type')
  if (type !== undefined && type.length <= MAX_TYPE_LENGTH && MEDIA_TYPE.test(type)) return type
  throw new MockServerError(
    'unsupported-media-type',
    `Content-Type: expected the media type of the file, such as image/png, got ${JSON.stringify(type?.slice(0, MAX_TYPE_LENGTH)) ?? 'none'}`,
  )
}

/** Undefined for a body of unknown length: sent in chunks, or compressed. */
function bytesAtMost(request: Pick<Request, 'get'>): number | undefined {
  const coding = request.get('Content-Encoding')?.trim().toLowerCase() ?? 'identity'
  const length = request.get('Content-Length')
  return coding !== 'identity' || length === undefined ? undefined : Number(length)
}

function isTooLarge(error: unknown): boolean {
  return error instanceof Error && 'status' in error && error.status === 413
}

function tooLarge(maxBytes: number): MockServerError {
  return new MockServerError(
    'too-large',
    `maxBinaryBytes: expected a file of at most ${maxBytes} bytes; start the store with --max-binary-bytes N for larger ones`,
    { limit: 'maxBinaryBytes' },
  )
}
