import { Router } from 'express'

import { writeModel } from '../atom/model-document.ts'
import { MEDIA } from '../atom/names.ts'
import { modelFields } from '../content/site/model.ts'
import { notFound } from '../errors.ts'
import { sendXml } from '../http/atom-response.ts'
import { allowOnly } from '../http/error-response.ts'
import { etagOf } from '../http/etag.ts'
import type { RouteDeps } from './route-deps.ts'

/** Where releases of the web service have their models: the current forms first. */
const PATHS = [
  '/escenic/publication/:name/model/content-type/:type',
  '/escenic/publication/:name/model/:type',
  '/publication/:name/escenic/model/:type',
] as const

/**
 * The models that payloads name: of the content types of a publication, of its sections and
 * persons.
 */
export function modelRoutes({ store, settings }: RouteDeps): Router {
  const router = Router({ caseSensitive: true })
  for (const path of PATHS) {
    router
      .route(path)
      .get((request, response) => {
        const { name, type } = request.params
        const publication = store.site.publicationNamed(name)
        if (publication === undefined) throw notFound(`publication '${name}'`)
        const fields = modelFields(type, publication.contentTypes, settings.titleField)
        if (fields === undefined) throw notFound(`model "${type}" in publication '${name}'`)
        const xml = writeModel(fields)
        sendXml(response, MEDIA.model, xml, etagOf('model', xml))
      })
      .all(allowOnly('GET', 'HEAD'))
  }
  return router
}
