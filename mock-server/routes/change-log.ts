import type { Request, RequestHandler, Response } from 'express'
import { Router } from 'express'

import type { ReadableLog } from '../content/changes/change-log.ts'
import { writeChangeLogFeed } from '../atom/change-log-feed.ts'
import { sendFeed } from '../http/atom-response.ts'
import { baseUrlOf } from '../http/base-url.ts'
import type { PageRequest } from '../content/changes/log-page.ts'
import { readLogPage } from '../content/changes/log-page.ts'
import { allowOnly } from '../http/error-response.ts'
import { etagOf } from '../http/etag.ts'
import type { FoundLog } from './find-log.ts'
import { findLog } from './find-log.ts'
import type { RouteDeps } from './route-deps.ts'
import { readCount } from './read-count.ts'
import { wholeNumber } from '../http/whole-number.ts'
import { changeLogPath, serviceUrls } from '../service-urls.ts'

/** The change logs themselves. [protocol §1] */
export function changeLogRoutes(deps: RouteDeps): Router {
  const router = Router({ caseSensitive: true })
  const bare = '/escenic/changelog/:kind/:id'

  const answer =
    (kind: PageRequest['kind']): RequestHandler<{ kind: string; id: string; changeId?: string }> =>
    (request, response) => {
      const { kind: logKind, id, changeId } = request.params
      const found = findLog(deps, logKind, id)
      const count = readCount(deps.settings, request.query['count'])
      const page =
        kind === 'newest'
          ? { kind, count }
          : { kind, count, changeId: wholeNumber(changeId, 'change id') }
      const path = changeLogPath(logKind, encodeURIComponent(id))
      const log = deps.rows.poll(found.logPath, found.log)
      sendPage(deps, request, response, { ...found, log, page, path })
    }

  router.route(bare).get(answer('newest')).all(allowOnly('GET', 'HEAD'))
  router.route(`${bare}/before/:changeId`).get(answer('before')).all(allowOnly('GET', 'HEAD'))
  router.route(`${bare}/after/:changeId`).get(answer('after')).all(allowOnly('GET', 'HEAD'))
  return router
}

function sendPage(
  { store, settings }: RouteDeps,
  request: Request,
  response: Response,
  {
    log,
    logPath,
    subjects,
    title,
    page,
    path,
  }: Omit<FoundLog, 'log'> & {
    readonly log: ReadableLog
    readonly page: PageRequest
    readonly path: string
  },
): void {
  const baseUrl = baseUrlOf(request, settings.publicUrl)
  const eventStreamUrl =
    settings.sseEndpoint === '' ? serviceUrls(baseUrl).eventStream : settings.sseEndpoint
  const read = readLogPage(log, page, store.logs.changeId)
  response.locals.page = { log: logPath, changes: 'change', rows: read.rows }
  const feed = writeChangeLogFeed(store, read, {
    baseUrl,
    path,
    subjects,
    eventStreamUrl,
    title: settings.feedTitle ? title : undefined,
    payload: settings.logPayload,
    isDated: settings.entryUpdated,
  })
  sendFeed(response, feed, settings.logEtags ? undatedEtag(feed) : undefined)
}

/**
 * Weak, because each response has its own date [http §8.8.1]. It covers everything else on the
 * page.
 */
function undatedEtag(feed: string): string {
  const [start, end] = ['<updated>', '</updated>'].map((tag) => feed.indexOf(tag))
  return `W/${etagOf(feed.slice(0, start) + feed.slice(end))}`
}
