import type { RequestHandler } from 'express'

import { MockServerError } from '../errors.ts'
import { acceptBytes } from './body-bytes.ts'

/** Limit of nested arrays and objects: deeper values exhaust the stack of recursive code. */
const MAX_JSON_DEPTH = 64
const UTF_8 = new TextDecoder('utf-8', { fatal: true })

/**
 * Accepts a JSON body of any media type: 413 above `maxBodyBytes`, 400 for a body that is not JSON.
 * Without a body, `request.body` is undefined.
 */
export function acceptJson(maxBodyBytes: number): readonly RequestHandler[] {
  return [...acceptBytes(maxBodyBytes), parseBody]
}

const parseBody: RequestHandler = (request, _response, next) => {
  const body: unknown = request.body
  request.body = Buffer.isBuffer(body) && body.length > 0 ? parseJson(body) : undefined
  next()
}

/** Throws `bad-request` for bytes that are not JSON in UTF-8, and for values that are too deep. */
export function parseJson(body: Buffer): unknown {
  try {
    const text = UTF_8.decode(body)
    assertDepth(text)
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof MockServerError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new MockServerError('bad-request', `the body is not JSON: ${reason}`, { cause: error })
  }
}

/** Reads each character once. Leaves all other errors to the parser. */
function assertDepth(json: string): void {
  let depth = 0
  for (let at = 0; at < json.length; at += 1) {
    const character = json.charAt(at)
    if (character === '"') at = endOfString(json, at)
    else if (character === ']' || character === '}') depth -= 1
    else if (character === '[' || character === '{') {
      depth += 1
      if (depth > MAX_JSON_DEPTH)
        throw new MockServerError(
          'bad-request',
          `depth: expected at most ${MAX_JSON_DEPTH} nested arrays and objects`,
        )
    }
  }
}

/** Index of the quote that ends the string that starts at `start`. */
function endOfString(json: string, start: number): number {
  let at = start + 1
  while (at < json.length && json.charAt(at) !== '"') at += json.charAt(at) === '\\' ? 2 : 1
  return at
}
