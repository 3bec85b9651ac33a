import { Router } from 'express'

import { STREAM_HEAD } from '../sse/stream-hub.ts'
import { baseUrlOf } from '../http/base-url.ts'
import { allowOnly } from '../http/error-response.ts'
import type { RouteDeps } from './route-deps.ts'

/** The event stream. Its URL does not change when feeds advertise another one. [protocol §3.6] */
export function streamRoutes({ stream, settings }: RouteDeps): Router {
  const router = Router({ caseSensitive: true })
  router
    .route('/escenic/changelog/sse')
    .get((request, response) => {
      const baseUrl = baseUrlOf(request, settings.publicUrl)
      if (request.method === 'HEAD') response.writeHead(200, STREAM_HEAD).end()
      else stream.open(request, response, baseUrl)
    })
    .all(allowOnly('GET', 'HEAD'))
  return router
}
