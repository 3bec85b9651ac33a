import { Router } from 'express'

import {
  writeContentItemFeed,
  writeLogList,
  writeServiceDocument,
  writeStartFeed,
  writeSubsectionFeed,
} from '../atom/discovery-feed.ts'
import { writeSectionEntry } from '../atom/section-entry.ts'
import { sendEntry, sendFeed } from './atom-response.ts'
import { baseUrlOf } from './base-url.ts'
import { allowOnly } from './error-response.ts'
import type { RouteDeps } from './route-deps.ts'
import { wholeNumber } from './whole-number.ts'

/** How a client finds its way: front door, start feed, sections, list of logs. */
export function discoveryRoutes({ store, settings }: RouteDeps): Router {
  const router = Router()
  const baseUrl = (request: Parameters<typeof baseUrlOf>[0]): string =>
    baseUrlOf(request, settings.publicUrl)
  const sectionOf = (id: unknown) => store.section(wholeNumber(id, 'section id'))

  router
    .route('/index.xml')
    .get((request, response) => {
      response.set('Content-Type', 'application/atomsvc+xml;charset=UTF-8')
      response.end(writeServiceDocument(store, baseUrl(request)))
    })
    .all(allowOnly('GET', 'HEAD'))

  router
    .route('/escenic/section/ROOT/subsections')
    .get((request, response) => sendFeed(response, writeStartFeed(store, baseUrl(request))))
    .all(allowOnly('GET', 'HEAD'))

  router
    .route('/escenic/section/:id')
    .get((request, response) => {
      sendEntry(response, writeSectionEntry(store, sectionOf(request.params.id), baseUrl(request)))
    })
    .all(allowOnly('GET', 'HEAD'))

  router
    .route('/escenic/section/:id/subsections')
    .get((request, response) => {
      sendFeed(response, writeSubsectionFeed(store, sectionOf(request.params.id), baseUrl(request)))
    })
    .all(allowOnly('GET', 'HEAD'))

  // The same path takes new items by POST: `content.ts` answers that, and 405 to all others.
  router.get('/escenic/section/:id/content-items', (request, response) => {
    sendFeed(response, writeContentItemFeed(store, sectionOf(request.params.id), baseUrl(request)))
  })

  router
    .route('/escenic/changelog')
    .get((request, response) => {
      const { userName = 'anonymous' } = response.locals
      sendFeed(response, writeLogList(store, baseUrl(request), userName))
    })
    .all(allowOnly('GET', 'HEAD'))

  return router
}
