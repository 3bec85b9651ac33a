import type { Request, Response } from 'express'
import { Router } from 'express'

import { isAnswered } from '../http/atom-response.ts'
import { baseUrlOf } from '../http/base-url.ts'
import { acceptBinary, uploadOf } from '../http/binary-body.ts'
import { allowOnly } from '../http/error-response.ts'
import { etagOf } from '../http/etag.ts'
import { assertPreconditions } from '../http/preconditions.ts'
import { serviceUrls } from '../service-urls.ts'
import type { RouteDeps } from './route-deps.ts'

/** Files: a client uploads one, and then creates an item whose payload links to it. */
export function binaryRoutes({ store, settings }: RouteDeps): Router {
  const router = Router({ caseSensitive: true })
  const file = acceptBinary(settings.maxBinaryBytes, (bytes) => store.binaries.reserve(bytes))

  router
    .route('/escenic/binary')
    .post(...file, (request: Request, response: Response) => {
      const { mediaType, bytes } = uploadOf(request)
      assertPreconditions(request)
      const { path } = store.binaries.add(mediaType, bytes)
      const urls = serviceUrls(baseUrlOf(request, settings.publicUrl))
      response.status(201).location(urls.binary(path)).end()
    })
    .all(allowOnly('POST'))

  router
    .route('/escenic/binary/:publication/:year/:month/:day/:hour/:file')
    .get((request, response) => {
      const { publication, year, month, day, hour, file: name } = request.params
      const binary = store.binaries.get([publication, year, month, day, hour, name].join('/'))
      if (isAnswered(response, etagOf('binary', binary.path))) return
      response.set({
        'Content-Type': binary.mediaType,
        'Content-Length': binary.bytes.length,
        // An uploaded page must not act as a page of the store.
        'Content-Security-Policy': 'sandbox',
        'X-Content-Type-Options': 'nosniff',
      })
      response.end(binary.bytes)
    })
    .all(allowOnly('GET', 'HEAD'))

  return router
}
