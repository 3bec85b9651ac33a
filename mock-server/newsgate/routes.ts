import { Router } from 'express'

import type { Settings } from '../knobs.ts'
import { baseUrlOf } from '../http/base-url.ts'
import { allowOnly } from '../http/error-response.ts'
import { STREAM_HEAD } from '../sse/stream-hub.ts'
import type { Newsgate } from './newsgate.ts'
import { NEWSGATE_PATH } from './newsgate.ts'

/** The Newsgate stream; all of it is assumed. */
export function newsgateRoutes(newsgate: Newsgate, settings: Settings): Router {
  const router = Router({ caseSensitive: true })
  router
    .route(NEWSGATE_PATH)
    .get((request, response) => {
      const baseUrl = baseUrlOf(request, settings.publicUrl)
      if (request.method === 'HEAD') response.writeHead(200, STREAM_HEAD).end()
      else newsgate.open(request, response, baseUrl)
    })
    .all(allowOnly('GET', 'HEAD'))
  return router
}
