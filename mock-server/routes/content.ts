import type { Locals, Request, Response } from 'express'
import { Router } from 'express'

import { assertBinaries } from '../atom/binary-links.ts'
import { writeContentItemFeed } from '../atom/discovery/discovery-feed.ts'
import { writeHistoryFeed } from '../atom/item/history-feed.ts'
import { writeItemEntry } from '../atom/item/item-entry.ts'
import { writeStateDocument } from '../atom/item/state-document.ts'
import { LANGUAGES } from '../atom/item/state-labels.ts'
import type { EntryContent } from '../atom/read-entry.ts'
import { requestedTitle } from '../content/item/field.ts'
import type { ContentItem, ItemState } from '../content/item/item.ts'
import { isItemState } from '../content/item/item.ts'
import { isTransition, stateForDraft } from '../content/item/transitions.ts'
import type { ContentStore } from '../content/store.ts'
import { MockServerError } from '../errors.ts'
import { sendEntry, sendFeed, sendXml } from '../http/atom-response.ts'
import { baseUrlOf } from '../http/base-url.ts'
import { acceptEntry, entryOf } from '../http/entry-body.ts'
import { allowOnly } from '../http/error-response.ts'
import { etagOf } from '../http/etag.ts'
import { assertPreconditions, requireMatch } from '../http/preconditions.ts'
import type { RouteDeps } from './route-deps.ts'
import { readCount } from './read-count.ts'
import { wholeNumber } from '../http/whole-number.ts'
import { namedLocks } from './locks.ts'
import { serviceUrls } from '../service-urls.ts'

/** Content items: create, read, update, delete. [protocol §2] */
export function contentRoutes({ store, settings }: RouteDeps): Router {
  const router = Router({ caseSensitive: true })
  const itemOf = (id: unknown) => store.item(wholeNumber(id, 'content item id'))
  const author = ({ userName = 'anonymous' }: Locals) => store.authorNamed(userName)
  const entryBody = acceptEntry(settings.maxBodyBytes)

  router
    .route('/escenic/section/:id/content-items')
    .get((request, response) => {
      const section = store.site.section(wholeNumber(request.params.id, 'section id'))
      const baseUrl = baseUrlOf(request, settings.publicUrl)
      sendFeed(response, writeContentItemFeed(store, section, baseUrl))
    })
    .post(...entryBody, (request, response) => {
      const sectionId = wholeNumber(request.params.id, 'section id')
      const baseUrl = baseUrlOf(request, settings.publicUrl)
      const entry = entryOf(request)
      const { title = '', ...parts } = requestedParts(entry, settings.titleField)
      const state = requestedState(entry, undefined)
      assertBinaries(store, entry.binaries)
      assertPreconditions(request)
      const change = store.createItem(
        { sectionId, title, state, ...parts },
        parts.author ?? author(response.locals),
      )
      response.status(201).location(serviceUrls(baseUrl).item(change.subject.id)).end()
    })
    .all(allowOnly('GET', 'HEAD', 'POST'))

  router
    .route('/escenic/content/:id')
    .get((request, response) => {
      const item = itemOf(request.params.id)
      assertShown(item, settings.deletedStatus)
      const baseUrl = baseUrlOf(request, settings.publicUrl)
      const xml = writeItemEntry(store, item, { baseUrl, isDated: settings.entryUpdated })
      sendEntry(response, xml, itemEtag(store, item))
    })
    .put(...entryBody, (request, response) => {
      const item = itemOf(request.params.id)
      store.locks.assertHeld(item.id, namedLocks(request.get('X-Escenic-Locks'), item.id))
      requireMatch(request, itemEtag(store, item), settings.missingMatchStatus)
      const entry = entryOf(request)
      const state = requestedState(entry, item)
      assertBinaries(store, entry.binaries, item)
      const patch = { ...requestedParts(entry, settings.titleField, item.title), state }
      const change = store.updateItem(item.id, patch, author(response.locals))
      response
        .status(settings.putStatus)
        .set('ETag', itemEtag(store, store.item(change.subject.id)))
        .end()
    })
    .delete((request, response) => {
      const item = itemOf(request.params.id)
      // An item that is already deleted is not found, whatever the conditions are.
      if (item.state !== 'deleted') assertPreconditions(request, itemEtag(store, item))
      store.deleteItem(item.id, author(response.locals))
      response.status(settings.deleteStatus).end()
    })
    .all(allowOnly('GET', 'HEAD', 'PUT', 'DELETE'))

  const historyPage =
    (place: 'newest' | 'before' | 'after') => (request: Request, response: Response) => {
      const item = itemOf(request.params['id'])
      const count = readCount(settings, request.query['count'])
      const history = store.history(item.id)
      const changeId =
        place === 'newest'
          ? store.logs.changeId + 1
          : wholeNumber(request.params['changeId'], 'change id')
      const lines =
        place === 'after' ? history.after(changeId, count) : history.before(changeId, count)
      const url = serviceUrls(baseUrlOf(request, settings.publicUrl)).itemHistory(item.id)
      const position = place === 'after' ? changeId : Math.max(changeId - 1, 0)
      sendFeed(response, writeHistoryFeed({ url, lines, position, count, updated: store.now() }))
    }
  const log = '/escenic/content/:id/log'
  router.route(log).get(historyPage('newest')).all(allowOnly('GET', 'HEAD'))
  router.route(`${log}/before/:changeId`).get(historyPage('before')).all(allowOnly('GET', 'HEAD'))
  router.route(`${log}/after/:changeId`).get(historyPage('after')).all(allowOnly('GET', 'HEAD'))

  router
    .route('/escenic/content/state/icon/:name.png')
    .get((request, response) => {
      const { name } = request.params
      if (!isTransition(name)) throw new MockServerError('not-found', `there is no state "${name}"`)
      response.set('Content-Type', 'image/png').end(ICON)
    })
    .all(allowOnly('GET', 'HEAD'))

  router
    .route('/escenic/content/state/:state/:role')
    .get((request, response) => {
      const { state } = request.params
      if (!isItemState(state))
        throw new MockServerError('not-found', `there is no state "${state}"`)
      const language = LANGUAGES.find((each) => each === labelLanguage(request)) ?? 'en'
      response.set({ 'Content-Language': language, Vary: 'Accept-Language' })
      const baseUrl = baseUrlOf(request, settings.publicUrl)
      sendXml(response, 'application/xml', writeStateDocument(state, language, baseUrl))
    })
    .all(allowOnly('GET', 'HEAD'))

  return router
}

/** One transparent pixel: editors show an icon beside each state. */
const ICON = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
)

/** The language with labels that the client prefers. `no` is an older name of `nb`. */
function labelLanguage(request: Pick<Request, 'acceptsLanguages'>): string {
  const language = request.acceptsLanguages([...LANGUAGES, 'no'])
  return language === 'no' ? 'nb' : language || 'en'
}

function assertShown({ id, state }: ContentItem, deletedStatus: number): void {
  if (state !== 'deleted' || deletedStatus === 200) return
  throw new MockServerError(
    deletedStatus === 410 ? 'gone' : 'not-found',
    `content item ${id} is deleted`,
  )
}

/** An entry shows the names of its sections, so it changes with them. */
function itemEtag({ site }: ContentStore, { id, changeId, sectionIds }: ContentItem): string {
  const revisions = sectionIds.map((sectionId) => site.section(sectionId).revision)
  return etagOf('item', id, changeId, ...revisions)
}

/** The content of an entry, with the title as one value. */
function requestedParts(
  { title: entryTitle, fields, type, payload, sectionIds, author, kept }: EntryContent,
  titleFieldName: string,
  titleBefore?: string,
) {
  const field = fields.get(titleFieldName)
  const titleField = field === undefined || field.text === '' ? undefined : field
  const title = requestedTitle(entryTitle, titleField, titleBefore)
  const keptTitle = title === entryTitle ? kept.title : ''
  return {
    title,
    titleField,
    type,
    payload,
    sectionIds,
    author,
    kept: { ...kept, title: keptTitle },
  }
}

/**
 * The state that `app:control` requests. `vaext:state` overrides `app:draft`; undefined: unchanged.
 * [protocol §2.5]
 */
function requestedState(
  { state, isDraft }: Pick<EntryContent, 'state' | 'isDraft'>,
  item: ContentItem | undefined,
): ItemState | undefined {
  if (state !== undefined || isDraft === undefined) return state
  return stateForDraft(isDraft, item)
}
