import type { RequestHandler } from 'express'

import { MockServerError } from '../errors.ts'

/** Refuses what is not a read. [http §15.5.6] */
export const readOnly: RequestHandler = ({ method }, response, next) => {
  if (method === 'GET' || method === 'HEAD') return next()
  response.set('Allow', 'GET, HEAD')
  throw new MockServerError('method-not-allowed', `${method} is not allowed here; try GET, HEAD`)
}
