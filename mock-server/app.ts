import type { Express, RequestHandler } from 'express'
import express from 'express'

import { dateByClock } from './clock/date-header.ts'
import type { StoreClock } from './clock/store-clock.ts'
import { guardControl } from './control/guard.ts'
import { controlRoutes, sendAsProblem } from './control/routes.ts'
import type { StoreControl } from './control/store-control.ts'
import { holdAnswers } from './durability/hold-answers.ts'
import type { SpaceKeeper } from './durability/keep-space.ts'
import type { FaultListener } from './errors.ts'
import { MockServerError } from './errors.ts'
import type { Recorder } from './journal/recorder.ts'
import type { LiveRouteDeps } from './live-center/routes.ts'
import { liveCenterRoutes } from './live-center/routes.ts'
import type { Newsgate } from './newsgate/newsgate.ts'
import { newsgateRoutes } from './newsgate/routes.ts'
import { binaryRoutes } from './routes/binaries.ts'
import { changeLogRoutes } from './routes/change-log.ts'
import { contentRoutes } from './routes/content.ts'
import { discoveryRoutes } from './routes/discovery.ts'
import { allowOrigins } from './http/cors.ts'
import { answerErrors, sendAsText } from './http/error-response.ts'
import { mountPathOf } from './http/mount-path.ts'
import { requireLogin } from './http/login.ts'
import { readOnly } from './http/read-only.ts'
import { listPoolRoutes } from './routes/list-pools.ts'
import { lockRoutes } from './routes/locks.ts'
import { modelRoutes } from './routes/models.ts'
import { refuseNotImitated } from './routes/not-imitated.ts'
import { personRoutes } from './routes/persons.ts'
import { leadToPage } from './page/page-routes.ts'
import type { RouteDeps } from './routes/route-deps.ts'
import { sectionRoutes } from './routes/sections.ts'
import { streamRoutes } from './routes/stream.ts'
import type { RequestLimiter } from './http/request-limiter.ts'
import { serviceUrls } from './service-urls.ts'

export interface AppDeps extends RouteDeps, LiveRouteDeps {
  readonly newsgate: Newsgate
  readonly control: StoreControl
  readonly limiter: RequestLimiter
  /** Lets faults strike the requests of the web services. */
  readonly inject: RequestHandler
  readonly recorder: Recorder
  readonly clock: StoreClock
  readonly keeper: Pick<SpaceKeeper, 'whenSafe'>
  readonly onFault: FaultListener
}

/**
 * The whole HTTP surface: the control API, exempt from login and workers, and the web services.
 * Does not listen.
 */
export function createApp(deps: AppDeps): Express {
  const { settings, control, limiter, inject, recorder, clock, newsgate, keeper, onFault } = deps
  const app = express()
  app.disable('x-powered-by')
  app.set('etag', false)
  // As in a servlet container.
  app.enable('case sensitive routing')
  app.use(dateByClock(clock))
  if (settings.dataDir !== '' && settings.fsync === 'always') app.use(holdAnswers(keeper))
  const login = requireLogin(settings)
  // Feeds and items as clients get them, without login, faults and an entry in the journal.
  const documents = [discoveryRoutes(deps), sectionRoutes(deps), contentRoutes(deps)]
  const asUser = [logIn(settings), login]
  app.use('/__mock/documents', guardControl(settings), readOnly)
  app.use('/__mock/documents/webservice', asUser, changeLogRoutes(deps), documents)
  app.use('/__mock', controlRoutes(control, settings, onFault))
  app.use('/space/:name/__mock', refuseSpace, answerErrors(sendAsProblem, onFault))
  app.use('/space/:name', refuseSpace)
  app.use(leadToPage)
  app.use(recorder.requests, allowOrigins(settings), inject, limiter.limit)

  // The most requested paths come first.
  app.use('/webservice', login, changeLogRoutes(deps), streamRoutes(deps), refuseNotImitated)
  app.use('/webservice', ...documents)
  app.use('/webservice', modelRoutes(deps), listPoolRoutes(deps), binaryRoutes(deps))
  app.use('/webservice', lockRoutes(deps), personRoutes(deps))
  app.use('/live-center-editorial', login, liveCenterRoutes(deps, '/live-center-editorial'))
  // Readers' pages request this one, and they have no login.
  app.use(
    '/live-center-presentation-webservice',
    liveCenterRoutes(deps, '/live-center-presentation-webservice'),
  )
  app.use('/newsgate', login)
  app.use(newsgateRoutes(newsgate, settings))

  app.use((request, response) => {
    if (request.method === 'OPTIONS' && request.url === '*') {
      // About the server as a whole. [http §9.3.7]
      response.status(204).set('Allow', 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS').end()
      return
    }
    throw new MockServerError(
      'not-found',
      `there is no ${request.path}; the web service starts at ${serviceUrls(mountPathOf(request)).start}`,
    )
  })
  app.use(answerErrors(sendAsText, onFault))
  return app
}

/** Makes a request that of the user whom the settings name. */
function logIn({ login: { name, password } }: AppDeps['settings']): RequestHandler {
  const authorization = `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`
  return ({ headers }, _response, next) => {
    headers.authorization = authorization
    next()
  }
}

/** Requests for a space that exists do not get here. */
const refuseSpace: RequestHandler = ({ params }) => {
  const name = JSON.stringify(String(params['name']).slice(0, 100))
  throw new MockServerError(
    'not-found',
    `there is no space ${name}; create it with POST /__mock/spaces or --space`,
  )
}
