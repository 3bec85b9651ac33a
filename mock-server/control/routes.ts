import type { Response } from 'express'
import { Router } from 'express'

import type { FaultListener } from '../errors.ts'
import { MockServerError } from '../errors.ts'
import { acceptBytes } from '../http/body-bytes.ts'
import type { ErrorAnswer } from '../http/error-response.ts'
import { answerErrors } from '../http/error-response.ts'
import type { Settings } from '../knobs.ts'
import { CONTROL_ENDPOINTS } from './control-endpoints.ts'
import { guardControl } from './guard.ts'
import { pageRoutes } from '../page/page-routes.ts'
import { mountEndpoints } from './mount.ts'
import type { StoreControl } from './store-control.ts'

/** `/__mock`: the control API over HTTP. [protocol §7] */
export function controlRoutes(
  control: StoreControl,
  settings: Settings,
  onFault: FaultListener,
): Router {
  const router = Router({ caseSensitive: true })
  router.use(guardControl(settings))
  router.use('/ui', pageRoutes())
  router.use(...acceptBytes(settings.maxBodyBytes))
  mountEndpoints(router, CONTROL_ENDPOINTS, control)
  router.use((request) => {
    throw new MockServerError(
      'not-found',
      `the control API has no ${request.method} ${request.originalUrl}`,
    )
  })
  router.use(answerErrors(sendAsProblem, onFault))
  return router
}

/** Errors of the control API are problem documents (RFC 9457). */
export function sendAsProblem(
  response: Response,
  { status, code, message, limit }: ErrorAnswer,
): void {
  response.status(status).type('application/problem+json')
  response.send(
    JSON.stringify({ type: 'about:blank', title: code, status, detail: message, limit }),
  )
}
