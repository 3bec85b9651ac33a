import type { RequestHandler, Response } from 'express'
import { Router } from 'express'

import type { FaultListener } from '../errors.ts'
import { MockServerError } from '../errors.ts'
import { FAULT_PLAN } from '../faults/fault.ts'
import { acceptJson } from '../http/json-body.ts'
import type { Settings } from '../knobs.ts'
import type { ErrorAnswer } from '../http/error-response.ts'
import { allowOnly, answerErrors } from '../http/error-response.ts'
import { wholeNumber } from '../http/whole-number.ts'
import { readBody } from '../http/read-body.ts'
import { BODY } from './bodies.ts'
import { guardControl } from './guard.ts'
import type { StoreControl } from './store-control.ts'

/** `/__mock`: the control API over HTTP. [protocol §7] */
export function controlRoutes(
  control: StoreControl,
  settings: Settings,
  onFault: FaultListener,
): Router {
  const router = Router({ caseSensitive: true })
  router.use(guardControl(settings), ...acceptJson(settings.maxBodyBytes))

  router
    .route('/info')
    .get(answer(() => control.info()))
    .all(allowOnly('GET', 'HEAD'))
  router
    .route('/health/ready')
    .get(answer(() => ({ ready: true })))
    .all(allowOnly('GET', 'HEAD'))
  router
    .route('/clients')
    .get(answer(() => ({ clients: control.clients() })))
    .delete(answer(() => ({ closed: control.closeStreams() })))
    .all(allowOnly('GET', 'HEAD', 'DELETE'))

  router
    .route('/reset')
    .post((request, response) => {
      control.reset(readBody(BODY.reset, request.body))
      response.status(204).end()
    })
    .all(allowOnly('POST'))

  router
    .route('/faults')
    .get(answer(() => ({ faults: control.faults() })))
    .put((request, response) => {
      const { faults } = readBody(FAULT_PLAN, request.body)
      response.json({ faults: control.setFaults(faults) })
    })
    .delete((request, response) => {
      readBody(BODY.nothing, request.body)
      response.json({ faults: control.setFaults([]) })
    })
    .all(allowOnly('GET', 'HEAD', 'PUT', 'DELETE'))

  router
    .route('/sections')
    .get(answer(() => ({ sections: control.sections() })))
    .post((request, response) => {
      const sections = control.addSections(readBody(BODY.sections, request.body))
      response.status(201).json({ sections })
    })
    .all(allowOnly('GET', 'HEAD', 'POST'))

  router
    .route('/lists')
    .get(answer(() => ({ lists: control.lists() })))
    .all(allowOnly('GET', 'HEAD'))

  router
    .route('/lists/:id')
    .put((request, response) => {
      const { items } = readBody(BODY.list, request.body)
      response.json({
        changes: control.setListItems(wholeNumber(request.params.id, 'list id'), items),
      })
    })
    .all(allowOnly('PUT'))

  router
    .route('/items')
    .post((request, response) => {
      response.status(201).json(control.createItem(readBody(BODY.newItem, request.body)))
    })
    .all(allowOnly('POST'))

  router
    .route('/items/:id')
    .get((request, response) => {
      response.json({ item: control.item(itemId(request.params.id)) })
    })
    .patch((request, response) => {
      const patch = readBody(BODY.itemPatch, request.body)
      response.json(control.updateItem(itemId(request.params.id), patch))
    })
    .delete((request, response) => {
      readBody(BODY.nothing, request.body)
      response.json(control.deleteItem(itemId(request.params.id)))
    })
    .all(allowOnly('GET', 'HEAD', 'PATCH', 'DELETE'))

  router
    .route('/items/:id/publish')
    .post((request, response) => {
      readBody(BODY.nothing, request.body)
      response.json(control.publishItem(itemId(request.params.id)))
    })
    .all(allowOnly('POST'))

  router
    .route('/newsgate/events')
    .post((request, response) => {
      const id = control.publishNewsgate(readBody(BODY.newsgate, request.body))
      response.status(201).json({ id })
    })
    .all(allowOnly('POST'))

  router
    .route('/wait')
    // Express 5 passes a rejection to the error handler.
    // oxlint-disable-next-line oxc/no-async-endpoint-handlers
    .post(async (request, response) => {
      const gone = new AbortController()
      response.once('close', () =>
        gone.abort(
          new MockServerError('bad-request', 'the client disconnected before the wait ended'),
        ),
      )
      response.json(await control.wait(readBody(BODY.wait, request.body), gone.signal))
    })
    .all(allowOnly('POST'))

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
function sendAsProblem(response: Response, { status, code, message }: ErrorAnswer): void {
  response.status(status).type('application/problem+json')
  response.send(JSON.stringify({ type: 'about:blank', title: code, status, detail: message }))
}

function answer(read: () => object): RequestHandler {
  return (_request, response) => {
    response.json(read())
  }
}

function itemId(id: unknown): number {
  return wholeNumber(id, 'item id')
}
