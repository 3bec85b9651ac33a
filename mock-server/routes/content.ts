import { Router } from 'express'

import { writeItemEntry } from '../atom/item/item-entry.ts'
import type { EntryContent } from '../atom/read-entry.ts'
import type { ContentItem, ItemState } from '../content/item.ts'
import { sendEntry } from './http/atom-response.ts'
import { baseUrlOf } from './http/base-url.ts'
import { acceptEntry, entryOf } from './http/entry-body.ts'
import { allowOnly } from './http/error-response.ts'
import { assertMatch, etagOf } from './http/etag.ts'
import type { RouteDeps } from './route-deps.ts'
import { wholeNumber } from './http/whole-number.ts'

/** Content items: create, read, update, delete. [protocol §2] */
export function contentRoutes({ store, settings }: RouteDeps): Router {
  const router = Router()
  const itemOf = (id: unknown) => store.item(wholeNumber(id, 'content item id'))
  const entryBody = acceptEntry(settings.maxBodyBytes)

  router
    .route('/escenic/section/:id/content-items')
    .post(...entryBody, (request, response) => {
      const sectionId = wholeNumber(request.params.id, 'section id')
      const baseUrl = baseUrlOf(request, settings.publicUrl)
      const { title = '', type, payload, ...entry } = entryOf(request)
      const state = requestedState(entry, undefined)
      const change = store.createItem(
        { sectionId, title, type, payload, state },
        store.authorNamed(response.locals.userName ?? 'anonymous'),
      )
      response
        .status(201)
        .location(`${baseUrl}/webservice/escenic/content/${change.subject.id}`)
        .end()
    })
    .all(allowOnly('GET', 'HEAD', 'POST'))

  router
    .route('/escenic/content/:id')
    .get((request, response) => {
      const item = itemOf(request.params.id)
      response.set('ETag', itemEtag(item))
      const baseUrl = baseUrlOf(request, settings.publicUrl)
      sendEntry(response, writeItemEntry(store, item, { baseUrl, isDated: settings.entryUpdated }))
    })
    .put(...entryBody, (request, response) => {
      const item = itemOf(request.params.id)
      assertMatch(request, itemEtag(item))
      const { title, type, payload, sectionIds, ...entry } = entryOf(request)
      const change = store.updateItem(item.id, {
        title,
        type,
        payload,
        sectionIds,
        state: requestedState(entry, item),
      })
      response
        .status(settings.putStatus)
        .set('ETag', itemEtag(store.item(change.subject.id)))
        .end()
    })
    .delete((request, response) => {
      store.deleteItem(itemOf(request.params.id).id)
      response.status(settings.deleteStatus).end()
    })
    .all(allowOnly('GET', 'HEAD', 'PUT', 'DELETE'))

  return router
}

function itemEtag(item: ContentItem): string {
  return etagOf('item', item.id, item.changeId)
}

/** What `app:control` asks for. `vaext:state` wins over `app:draft`; undefined: as it is. [protocol §2.5] */
function requestedState(
  { state, isDraft }: Pick<EntryContent, 'state' | 'isDraft'>,
  item: ContentItem | undefined,
): ItemState | undefined {
  if (state !== undefined || isDraft === undefined) return state
  if (!isDraft) return 'published'
  const isDraftAlready = item !== undefined && item.state !== 'published'
  if (isDraftAlready) return item.state
  return item === undefined ? 'draft' : 'draft-published'
}
