import { createHash } from 'node:crypto'

import type { Request, RequestHandler, Response } from 'express'
import { Router } from 'express'

import type { PageRequest } from '../atom/change-log-feed.ts'
import { writeChangeLogFeed } from '../atom/change-log-feed.ts'
import type { ChangeLog } from '../content/change-log.ts'
import { MockServerError } from '../errors.ts'
import { sendFeed } from './atom-response.ts'
import { baseUrlOf } from './base-url.ts'
import { allowOnly } from './error-response.ts'
import type { RouteDeps } from './route-deps.ts'
import { wholeNumber } from './whole-number.ts'

interface NamedLog {
  readonly log: ChangeLog
  readonly title: string
}

/** The change logs themselves. [protocol §1] */
export function changeLogRoutes(deps: RouteDeps): Router {
  const router = Router()
  const bare = '/escenic/changelog/:kind/:id'

  const answer =
    (kind: PageRequest['kind']): RequestHandler<{ kind: string; id: string; changeId?: string }> =>
    (request, response) => {
      const { kind: logKind, id, changeId } = request.params
      const { log, title } = findLog(deps, logKind, id)
      const count = readCount(deps, request.query['count'])
      const page =
        kind === 'newest'
          ? { kind, count }
          : { kind, count, changeId: wholeNumber(changeId, 'change id') }
      const path = `/webservice/escenic/changelog/${logKind}/${encodeURIComponent(id)}`
      sendPage(deps, request, response, { log, title, page, path })
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
  { log, title, page, path }: NamedLog & { readonly page: PageRequest; readonly path: string },
): void {
  const baseUrl = baseUrlOf(request, settings.publicUrl)
  if (settings.logEtags) {
    const etag = logEtag(baseUrl + request.originalUrl, log)
    response.set('ETag', etag)
    if (request.get('If-None-Match') === etag) {
      response.status(304).end()
      return
    }
  }
  const eventStreamUrl =
    settings.sseEndpoint === ''
      ? `${baseUrl}/webservice/escenic/changelog/sse`
      : settings.sseEndpoint
  const feed = writeChangeLogFeed(store, log, {
    baseUrl,
    path,
    page,
    eventStreamUrl,
    title: settings.feedTitle ? title : undefined,
    payload: settings.logPayload,
  })
  sendFeed(response, feed)
}

/** A section's log is the one of its protection domain, unless an inheriting section is to show only its own items. */
function findLog({ store, settings }: RouteDeps, kind: string, id: string): NamedLog {
  if (kind === 'section') {
    const section = store.section(wholeNumber(id, 'section id'))
    const isOwn = section.inheritsAccess && settings.inheritingSectionLog === 'section'
    const log = isOwn ? store.log({ kind, id: section.id }) : store.domainLog(section)
    return { log, title: `Change log for section '${section.name}'` }
  }
  if (kind === 'publication') {
    // Both forms are in use: the name is the current one, the number remains for older clients.
    const publication =
      store.publicationNamed(id) ?? store.publication(wholeNumber(id, 'publication id or name'))
    const log = store.log({ kind, id: publication.id })
    return { log, title: `Change log for publication '${publication.name}'` }
  }
  if (kind === 'person') {
    const publication = store.publication(wholeNumber(id, 'publication id'))
    const log = store.log({ kind, id: publication.id })
    return { log, title: `Change log for persons in publication '${publication.name}'` }
  }
  throw new MockServerError(
    'not-found',
    `there is no kind of change log called "${kind}": section, publication, person`,
  )
}

function readCount({ settings }: RouteDeps, count: unknown): number {
  if (count === undefined) return settings.defaultCount
  return wholeNumber(count, 'count', { min: 1, max: settings.maxCount })
}

function logEtag(url: string, log: ChangeLog): string {
  return `"${createHash('sha256').update(`${url} ${log.newestId}`).digest('hex').slice(0, 27)}"`
}
