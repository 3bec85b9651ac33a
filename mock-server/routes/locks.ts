import { Router } from 'express'

import { writeLockEntry, writeLockFeed } from '../atom/item/lock-feed.ts'
import { readLockRequest } from '../atom/read-lock.ts'
import { MockServerError } from '../errors.ts'
import { sendEntry, sendFeed } from '../http/atom-response.ts'
import { baseUrlOf } from '../http/base-url.ts'
import { acceptEntry, xmlOf } from '../http/entry-body.ts'
import { allowOnly } from '../http/error-response.ts'
import { assertPreconditions } from '../http/preconditions.ts'
import { wholeNumber } from '../http/whole-number.ts'
import type { RouteDeps } from './route-deps.ts'
import { serviceUrls } from '../service-urls.ts'

/**
 * Locks of content items. They are advisory: an update without a lock is accepted while the item is
 * not locked.
 */
export function lockRoutes({ store, settings }: RouteDeps): Router {
  const router = Router({ caseSensitive: true })
  const itemIdOf = (id: unknown) => store.item(wholeNumber(id, 'content item id')).id

  router
    .route('/escenic/lock/article/:id')
    .get((request, response) => {
      const itemId = itemIdOf(request.params.id)
      const baseUrl = baseUrlOf(request, settings.publicUrl)
      sendFeed(response, writeLockFeed(baseUrl, itemId, store.locks.of(itemId), store.now()))
    })
    .post(...acceptEntry(settings.maxBodyBytes), (request, response) => {
      const itemId = itemIdOf(request.params['id'])
      const wanted = readLockRequest(xmlOf(request))
      const baseUrl = baseUrlOf(request, settings.publicUrl)
      const owner = store.authorNamed(response.locals.userName ?? 'anonymous')
      assertPreconditions(request)
      const { id } = store.locks.acquire({ ...wanted, itemId, owner })
      const url = serviceUrls(baseUrl).lock(itemId, 'private', id)
      response.status(201).location(url).end()
    })
    .all(allowOnly('GET', 'HEAD', 'POST'))

  // The private URI is for the owner. With the public one any user can break the lock.
  for (const side of ['private', 'public'] as const) {
    router
      .route(`/escenic/lock/article/:id/${side}/:lock`)
      .get((request, response) => {
        const lock = store.locks.get(
          itemIdOf(request.params['id']),
          wholeNumber(request.params['lock'], 'lock id'),
        )
        sendEntry(response, writeLockEntry(lock, baseUrlOf(request, settings.publicUrl), side))
      })
      .delete((request, response) => {
        const itemId = itemIdOf(request.params['id'])
        const lock = store.locks.get(itemId, wholeNumber(request.params['lock'], 'lock id'))
        assertPreconditions(request)
        store.locks.release(itemId, lock.id)
        response.status(204).end()
      })
      .all(allowOnly('GET', 'HEAD', 'DELETE'))
  }

  return router
}

/**
 * Ids of the locks that `X-Escenic-Locks` names by their private URIs; the header may come several
 * times.
 */
export function namedLocks(header: string | undefined, itemId: number): readonly number[] {
  if (header === undefined) return []
  return header.split(',').map((uri) => {
    const [, item, lock] =
      /\/lock\/article\/(\d{1,15})\/private\/(\d{1,15})$/.exec(uri.trim()) ?? []
    if (Number(item) === itemId) return Number(lock)
    throw new MockServerError(
      'bad-request',
      `X-Escenic-Locks: expected private lock URIs of item ${itemId}, got ${JSON.stringify(uri)}`,
    )
  })
}
