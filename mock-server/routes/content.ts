import { createHash } from 'node:crypto'

import type { Request, RequestHandler } from 'express'
import { raw, Router } from 'express'

import { writeItemEntry } from '../atom/item-entry.ts'
import type { EntryContent } from '../atom/read-entry.ts'
import { readEntry } from '../atom/read-entry.ts'
import type { Author, ContentItem, ItemState } from '../content/item.ts'
import { MockServerError } from '../errors.ts'
import { sendEntry } from './atom-response.ts'
import { baseUrlOf } from './base-url.ts'
import { allowOnly } from './error-response.ts'
import type { RouteDeps } from './route-deps.ts'
import { wholeNumber } from './whole-number.ts'

/** Content items: create, read, update, delete. [protocol §2] */
export function contentRoutes({ store, settings }: RouteDeps): Router {
  const router = Router()
  const itemOf = (id: unknown) => store.item(wholeNumber(id, 'content item id'))
  const body = raw({ type: () => true, limit: settings.maxBodyBytes })

  router
    .route('/escenic/section/:id/content-items')
    .post(requireEntry, body, (request, response) => {
      const sectionId = wholeNumber(request.params.id, 'section id')
      const { title = '', type, payload, ...entry } = readEntry(entryText(request))
      const state = requestedState(entry, undefined)
      const change = store.createItem(
        { sectionId, title, type, payload, state },
        author(response.locals.userName),
      )
      const baseUrl = baseUrlOf(request, settings.publicUrl)
      response.status(201).location(`${baseUrl}/webservice/escenic/content/${change.itemId}`).end()
    })
    .all(allowOnly('GET', 'HEAD', 'POST'))

  router
    .route('/escenic/content/:id')
    .get((request, response) => {
      const item = itemOf(request.params.id)
      response.set('ETag', itemEtag(item))
      sendEntry(response, writeItemEntry(store, item, baseUrlOf(request, settings.publicUrl)))
    })
    .put(requireEntry, body, (request, response) => {
      const item = itemOf(request.params.id)
      assertMatch(request, item)
      const { title, payload, sectionIds, ...entry } = readEntry(entryText(request))
      const change = store.updateItem(item.id, {
        title,
        payload,
        sectionIds,
        state: requestedState(entry, item),
      })
      response
        .status(settings.putStatus)
        .set('ETag', itemEtag(store.item(change.itemId)))
        .end()
    })
    .delete((request, response) => {
      store.deleteItem(itemOf(request.params.id).id)
      response.status(settings.deleteStatus).end()
    })
    .all(allowOnly('GET', 'HEAD', 'PUT', 'DELETE'))

  return router
}

/** Opaque, 27 hex digits as in the manual; another one after every change. */
function itemEtag(item: ContentItem): string {
  return `"${createHash('sha256').update(`${item.id}/${item.changeId}`).digest('hex').slice(0, 27)}"`
}

const requireEntry: RequestHandler = (request, _response, next) => {
  const type = request.get('Content-Type')?.split(';', 1)[0]?.trim().toLowerCase()
  if (type === 'application/atom+xml') return next()
  throw new MockServerError(
    'unsupported-media-type',
    `Content-Type: expected application/atom+xml, got ${type ?? 'none'}`,
  )
}

/** [protocol §2.3] A PUT names the version that it changes; `*` is meant for tests. */
function assertMatch(request: Request, item: ContentItem): void {
  const given = request.get('If-Match')
  if (given === undefined) {
    throw new MockServerError(
      'precondition-failed',
      'If-Match is missing: send the ETag that a GET answered, or *',
    )
  }
  const tags = new Set(given.split(',').map((tag) => tag.trim()))
  if (tags.has('*') || tags.has(itemEtag(item))) return
  throw new MockServerError(
    'precondition-failed',
    `the item has changed since ${given}: GET it again and repeat the change on that`,
  )
}

function entryText(request: Request): string {
  // Without a body the parser leaves none.
  const body: unknown = request.body
  if (!Buffer.isBuffer(body) || body.length === 0) {
    throw new MockServerError('bad-entry', 'the body is empty; send an Atom entry')
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch (error) {
    throw new MockServerError('bad-entry', 'the body is not UTF-8', { cause: error })
  }
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

function author(userName: string | undefined): Author {
  return { personId: 7, name: userName ?? 'anonymous' }
}
