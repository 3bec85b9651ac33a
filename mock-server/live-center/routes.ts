import type { Request, Response } from 'express'
import { Router } from 'express'
import { z } from 'zod'

import type { PageRequest } from '../content/changes/log-page.ts'
import { readLogPage } from '../content/changes/log-page.ts'
import { acceptJson } from '../http/json-body.ts'
import type { Settings } from '../knobs.ts'
import { baseUrlOf } from '../http/base-url.ts'
import { allowOnly } from '../http/error-response.ts'
import { isAnswered } from '../http/atom-response.ts'
import { assertPreconditions, requireMatch } from '../http/preconditions.ts'
import { readBody } from '../http/read-body.ts'
import { readCount } from '../routes/read-count.ts'
import { wholeNumber } from '../http/whole-number.ts'
import { encodeEvent } from '../sse/encode.ts'
import { StreamBytes } from '../sse/stream-bytes.ts'
import type { StreamHub } from '../sse/stream-hub.ts'
import { STREAM_HEAD } from '../sse/stream-hub.ts'
import type { LiveCenter, LiveChange } from './live-center.ts'
import type { LiveService, LiveView } from './live-json.ts'
import {
  liveEntriesJson,
  liveEntryJson,
  liveEtag,
  liveEventJson,
  liveLogJson,
  liveLogPath,
} from './live-json.ts'

const entryBody = z
  .strictObject({
    payload: z.array(z.strictObject({ name: z.string().min(1), value: z.string() })).optional(),
    tags: z.array(z.string()).optional(),
    sticky: z.boolean().optional(),
  })
  .transform(({ sticky, ...rest }) => ({ ...rest, isSticky: sticky }))

export interface LiveRouteDeps {
  readonly liveCenter: LiveCenter
  readonly hub: StreamHub
  readonly settings: Settings
}

/**
 * One of Live Center's two web services, mounted at its path. Documented: the paths of events,
 * entries and change logs, and their JSON. Assumed: the stream's path and that its data is the URL
 * of a changed log.
 */
export function liveCenterRoutes(
  { liveCenter, hub, settings }: LiveRouteDeps,
  service: LiveService,
): Router {
  const router = Router({ caseSensitive: true })
  const readOnly = allowOnly('GET', 'HEAD')
  const view = (request: Request): LiveView => ({
    baseUrl: baseUrlOf(request, settings.publicUrl),
    service,
  })
  const eventOf = (id: unknown) => liveCenter.event(wholeNumber(id, 'event id'))
  const entryOf = ({ params }: Request) =>
    liveCenter.entry(eventOf(params['id']).id, wholeNumber(params['entry'], 'entry id'))
  const pageOf = ({ params, query }: Request, kind: PageRequest['kind']): PageRequest => {
    const count = readCount(settings, query['count'])
    return kind === 'newest'
      ? { kind, count }
      : { kind, count, changeId: wholeNumber(params['changeId'], 'change id') }
  }

  router
    .route('/event/:id')
    .get((request: Request, response) => {
      sendJson(response, liveEventJson(eventOf(request.params['id']), view(request)))
    })
    .all(readOnly)

  for (const [kind, end] of [
    ['newest', ''],
    ['before', '/before/:changeId'],
    ['after', '/after/:changeId'],
  ] as const) {
    const entries = router.route(`/event/:id/entries${end}`).get((request: Request, response) => {
      const { id } = eventOf(request.params['id'])
      sendJson(response, liveEntriesJson(liveCenter, id, pageOf(request, kind), view(request)))
    })
    if (kind !== 'newest') entries.all(readOnly)
    router
      .route(`/changelog/event/:id${end}`)
      .get((request: Request, response) => {
        const { id } = eventOf(request.params['id'])
        const page = readLogPage(liveCenter.log(id), pageOf(request, kind), liveCenter.changeId)
        response.locals.page = { log: liveLogPath(service, id), changes: 'live', rows: page.rows }
        sendJson(response, liveLogJson(liveCenter, id, page, view(request)))
      })
      .all(readOnly)
  }

  router
    .route('/changelog/sse')
    .get((request, response) => {
      const { baseUrl } = view(request)
      if (request.method === 'HEAD') response.writeHead(200, STREAM_HEAD).end()
      else hub.open(service, request, response, baseUrl)
    })
    .all(readOnly)

  const entryRoute = router.route('/event/:id/entries/:entry').get((request: Request, response) => {
    const entry = entryOf(request)
    sendJson(response, liveEntryJson(entry, view(request)), liveEtag(entry))
  })
  if (service === '/live-center-presentation-webservice') {
    entryRoute.all(readOnly)
    router.all('/event/:id/entries', readOnly)
    return router
  }

  const body = acceptJson(settings.maxBodyBytes)
  const answerEntry = (
    request: Request,
    response: Response,
    eventId: number,
    entryId: number,
  ): void => {
    const entry = liveCenter.entry(eventId, entryId)
    response.set('ETag', liveEtag(entry)).json(liveEntryJson(entry, view(request)))
  }
  router
    .route('/event/:id/entries')
    .post(...body, (request: Request, response) => {
      const { id } = eventOf(request.params['id'])
      const { baseUrl } = view(request)
      const { userName = 'anonymous' } = response.locals
      const patch = readBody(entryBody, request.body)
      assertPreconditions(request)
      const { entryId } = liveCenter.createEntry(id, patch, userName)
      response.status(201).location(`${baseUrl}${service}/event/${id}/entries/${entryId}`)
      answerEntry(request, response, id, entryId)
    })
    .all(allowOnly('GET', 'HEAD', 'POST'))
  entryRoute
    .put(...body, (request: Request, response) => {
      const entry = entryOf(request)
      requireMatch(request, liveEtag(entry))
      liveCenter.updateEntry(entry.eventId, entry.id, readBody(entryBody, request.body))
      answerEntry(request, response, entry.eventId, entry.id)
    })
    .delete((request: Request, response) => {
      const entry = entryOf(request)
      if (entry.state !== 'deleted') assertPreconditions(request, liveEtag(entry))
      liveCenter.deleteEntry(entry.eventId, entry.id)
      response.status(204).end()
    })
    .all(allowOnly('GET', 'HEAD', 'PUT', 'DELETE'))
  return router
}

/** Sends what was read, or 304 when the client has it already. */
function sendJson(response: Response, json: object, etag?: string): void {
  if (!isAnswered(response, etag)) response.json(json)
}

/** Announces an event's log on the stream of each service, under the path of that service. */
export function broadcastLiveChange(hub: StreamHub, change: LiveChange): void {
  for (const service of [
    '/live-center-editorial',
    '/live-center-presentation-webservice',
  ] as const) {
    hub.broadcast(service, (baseUrl) => {
      const data = baseUrl + liveLogPath(service, change.eventId)
      const bytes = new StreamBytes(encodeEvent({ data }))
      return { bytes, events: 1, changeId: 0, correlation: `live-${change.id}` }
    })
  }
}
