import type { Express } from 'express'
import express from 'express'

import { controlRoutes } from './control/routes.ts'
import type { StoreControl } from './control/store-control.ts'
import { MockServerError } from './errors.ts'
import { changeLogRoutes } from './routes/change-log.ts'
import { contentRoutes } from './routes/content.ts'
import { discoveryRoutes } from './routes/discovery.ts'
import { answerErrorAsText } from './routes/http/error-response.ts'
import { allowOrigins } from './routes/http/cors.ts'
import { requireLogin } from './routes/http/login.ts'
import { lockRoutes } from './routes/locks.ts'
import { personRoutes } from './routes/persons.ts'
import type { RouteDeps } from './routes/route-deps.ts'
import { streamRoutes } from './routes/stream.ts'
import type { WorkerPool } from './worker-pool.ts'

/** The whole HTTP surface: the control API, exempt from login, and the web service behind it. Does not listen. */
export function createApp(deps: RouteDeps, control: StoreControl, workers: WorkerPool): Express {
  const app = express()
  app.disable('x-powered-by')
  app.set('etag', false)
  app.use('/__mock', controlRoutes(control, deps.settings))
  app.use(
    '/webservice',
    workers.take,
    allowOrigins(deps.settings.corsOrigins),
    requireLogin(deps.settings),
  )
  app.use(
    '/webservice',
    discoveryRoutes(deps),
    streamRoutes(deps),
    changeLogRoutes(deps),
    contentRoutes(deps),
    lockRoutes(deps),
    personRoutes(deps),
  )
  app.use((request) => {
    throw new MockServerError(
      'not-found',
      `there is no ${request.path}; the web service starts at /webservice/escenic/section/ROOT/subsections`,
    )
  })
  app.use(answerErrorAsText)
  return app
}
