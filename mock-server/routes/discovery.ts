import type { Request } from 'express'
import { Router } from 'express'

import {
  writeEndpoint,
  writeLogList,
  writePublicationEntry,
  writeStartFeed,
} from '../atom/discovery/discovery-feed.ts'
import { MockServerError } from '../errors.ts'
import { sendEntry, sendFeed, sendFeedInPieces, sendXml } from '../http/atom-response.ts'
import { baseUrlOf } from '../http/base-url.ts'
import { allowOnly } from '../http/error-response.ts'
import { isReadable } from './find-log.ts'
import type { RouteDeps } from './route-deps.ts'

/** Discovery: service document, start feed, publications, list of logs. */
export function discoveryRoutes({ store, settings }: RouteDeps): Router {
  const router = Router({ caseSensitive: true })
  const baseUrl = (request: Pick<Request, 'get' | 'socket'>): string =>
    baseUrlOf(request, settings.publicUrl)
  const readOnly = allowOnly('GET', 'HEAD')

  router
    .route('/index.xml')
    .get((request, response) => {
      sendXml(response, 'application/xml', writeEndpoint(baseUrl(request)))
    })
    .all(readOnly)

  router
    .route('/escenic/section/ROOT/subsections')
    .get((request, response) => {
      const { sectionModel } = settings
      sendFeed(response, writeStartFeed(store, { baseUrl: baseUrl(request), sectionModel }))
    })
    .all(readOnly)

  router
    .route('/escenic/publication/:name')
    .get((request, response) => {
      const { name } = request.params
      const publication = store.site.publicationNamed(name)
      if (publication === undefined)
        throw new MockServerError('not-found', `there is no publication '${name}'`)
      sendEntry(response, writePublicationEntry(store, publication, baseUrl(request)))
    })
    .all(readOnly)

  router
    .route('/escenic/changelog')
    .get((request, response) => {
      const { userName = 'anonymous' } = response.locals
      sendFeedInPieces(
        response,
        writeLogList(store, {
          baseUrl: baseUrl(request),
          userName,
          isDated: settings.entryUpdated,
          isReadable: (log) => isReadable(settings, log),
        }),
      )
    })
    .all(readOnly)

  return router
}
