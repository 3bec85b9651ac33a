import type { Request, Response } from 'express'
import { Router } from 'express'

import { writeListFeed, writeListPool, writePoolEntry } from '../atom/list-pool-feed.ts'
import { MEDIA } from '../atom/names.ts'
import { readPoolEntry } from '../atom/read-pool-entry.ts'
import { assertCount } from '../content/limits.ts'
import type { ContentList } from '../content/site/content-list.ts'
import type { ContentStore } from '../content/store.ts'
import { MockServerError } from '../errors.ts'
import { isAnswered, pipePieces, sendEntry, sendFeed } from '../http/atom-response.ts'
import { baseUrlOf } from '../http/base-url.ts'
import { acceptEntry, xmlOf } from '../http/entry-body.ts'
import { allowOnly } from '../http/error-response.ts'
import { etagOf } from '../http/etag.ts'
import { assertPreconditions } from '../http/preconditions.ts'
import { acceptUriList, urisOf } from '../http/uri-list.ts'
import { wholeNumber } from '../http/whole-number.ts'
import { serviceUrls } from '../service-urls.ts'
import type { RouteDeps } from './route-deps.ts'

/** Lists and inboxes of sections: read, add, insert, pin, remove. */
export function listPoolRoutes({ store, settings }: RouteDeps): Router {
  const router = Router({ caseSensitive: true })
  const baseUrl = (request: Pick<Request, 'get' | 'socket'>): string =>
    baseUrlOf(request, settings.publicUrl)
  const listOf = (id: unknown) => store.site.lists.get(wholeNumber(id, 'list id'))
  const uriList = acceptUriList(settings.maxBodyBytes)

  for (const [path, kind] of [
    ['lists', 'list'],
    ['inboxes', 'inbox'],
  ] as const) {
    router
      .route(`/escenic/section/:id/${path}`)
      .get((request, response) => {
        const section = store.site.section(wholeNumber(request.params['id'], 'section id'))
        sendFeed(response, writeListFeed(store, section, kind, baseUrl(request)))
      })
      .all(allowOnly('GET', 'HEAD'))
  }

  /** Inserts the items of the body, and answers the list at `url`, which was asked. */
  const insert = (
    request: Request,
    response: Response,
    { list, index, url }: { list: ContentList; index: number; url: string },
  ): void => {
    const itemIds = itemIdsOf(request, store)
    assertPreconditions(request, listEtag(store, list))
    store.insertIntoList(list.id, index, itemIds)
    const after = store.site.lists.get(list.id)
    response.status(201).location(url)
    response.set({ ETag: listEtag(store, after), Vary: 'Accept' })
    pipePieces(response, writeListPool(store, after, baseUrl(request), url))
  }

  router
    .route('/escenic/list-pool/:id')
    .get((request, response) => {
      const list = listOf(request.params.id)
      response.vary('Accept')
      const isUriList = request.accepts([MEDIA.feed, MEDIA.uriList]) === MEDIA.uriList
      if (isAnswered(response, listEtag(store, list, isUriList ? MEDIA.uriList : undefined))) return
      if (isUriList) response.type(MEDIA.uriList).end(writeUriList(list, baseUrl(request)))
      else pipePieces(response, writeListPool(store, list, baseUrl(request)))
    })
    .post(...uriList, (request, response) => {
      const list = listOf(request.params['id'])
      insert(request, response, {
        list,
        index: 0,
        url: serviceUrls(baseUrl(request)).listPool(list.id),
      })
    })
    .all(allowOnly('GET', 'HEAD', 'POST'))

  router
    .route('/escenic/list-pool/handle/:handle')
    .get((request, response) => {
      const handle = wholeNumber(request.params.handle, 'handle')
      const place = store.site.lists.find(handle)
      const xml = writePoolEntry(store, place, baseUrl(request))
      sendEntry(response, xml, handleEtag(place.list, handle))
    })
    .put(...acceptEntry(settings.maxBodyBytes), (request, response) => {
      const handle = wholeNumber(request.params['handle'], 'handle')
      const { list, index, entry } = store.site.lists.find(handle)
      const { priority = index + 1, isPinned } = readPoolEntry(xmlOf(request))
      assertPreconditions(request, handleEtag(list, handle))
      store.placeInList(handle, priority, isPinned ?? entry.pinnedAt !== null)
      response
        .status(200)
        .set('ETag', handleEtag(store.site.lists.get(list.id), handle))
        .end()
    })
    .post(...uriList, (request, response) => {
      const handle = wholeNumber(request.params['handle'], 'handle')
      const url = serviceUrls(baseUrl(request)).listHandle(handle)
      insert(request, response, { ...store.site.lists.find(handle), url })
    })
    .delete((request, response) => {
      const handle = wholeNumber(request.params.handle, 'handle')
      assertPreconditions(request, handleEtag(store.site.lists.find(handle).list, handle))
      store.removeFromList(handle)
      response.status(204).end()
    })
    .all(allowOnly('GET', 'HEAD', 'PUT', 'POST', 'DELETE'))

  return router
}

/**
 * The feed shows the name of the section, so the tag changes with it. `form` tells representations
 * apart.
 */
function listEtag({ site }: ContentStore, list: ContentList, form = 'feed'): string {
  return etagOf('list', list.id, list.revision, site.section(list.sectionId).revision, form)
}

function handleEtag({ revision }: ContentList, handle: number): string {
  return etagOf('handle', handle, revision)
}

function writeUriList(list: ContentList, baseUrl: string): string {
  return list.itemIds.map((id) => `${serviceUrls(baseUrl).item(id)}\r\n`).join('')
}

function itemIdsOf(request: Pick<Request, 'body'>, store: ContentStore): readonly number[] {
  const uris = urisOf(request)
  assertCount('listItems', uris.length)
  return uris.map((uri) => {
    const id = Number(/\/webservice\/escenic\/content\/(\d{1,15})$/.exec(uri)?.[1])
    if (store.hasItem(id)) return id
    throw new MockServerError(
      'bad-request',
      `expected the URI of a content item, got ${JSON.stringify(uri.slice(0, 200))}`,
    )
  })
}
