import { Router } from 'express'

import { writePersonFeed } from '../atom/discovery/discovery-feed.ts'
import { writePersonEntry } from '../atom/discovery/person-entry.ts'
import type { Person } from '../content/person.ts'
import type { EntryContent } from '../atom/read-entry.ts'
import { MockServerError } from '../errors.ts'
import { sendEntry, sendFeed } from '../http/atom-response.ts'
import { baseUrlOf } from '../http/base-url.ts'
import { acceptEntry, entryOf } from '../http/entry-body.ts'
import { allowOnly } from '../http/error-response.ts'
import { etagOf } from '../http/etag.ts'
import { assertPreconditions, requireMatch } from '../http/preconditions.ts'
import type { RouteDeps } from './route-deps.ts'
import { wholeNumber } from '../http/whole-number.ts'
import { serviceUrls } from '../service-urls.ts'

/** Persons are all registered users. Their changes are in the person log of their publication. */
export function personRoutes({ store, settings }: RouteDeps): Router {
  const router = Router({ caseSensitive: true })
  const personOf = (id: unknown) => store.person(wholeNumber(id, 'person id'))
  const entryBody = acceptEntry(settings.maxBodyBytes)

  router
    .route('/escenic/person')
    .get((request, response) =>
      sendFeed(response, writePersonFeed(store, baseUrlOf(request, settings.publicUrl))),
    )
    .post(...entryBody, (request, response) => {
      const name = nameFrom(entryOf(request))
      const baseUrl = baseUrlOf(request, settings.publicUrl)
      const [publication] = store.site.publications
      if (publication === undefined)
        throw new MockServerError('not-found', 'there is no publication')
      assertPreconditions(request)
      const { subject } = store.createPerson(publication.id, name)
      response.status(201).location(serviceUrls(baseUrl).person(subject.id)).end()
    })
    .all(allowOnly('GET', 'HEAD', 'POST'))

  router
    .route('/escenic/person/:id')
    .get((request, response) => {
      const person = personOf(request.params.id)
      const xml = writePersonEntry(store, person, baseUrlOf(request, settings.publicUrl))
      sendEntry(response, xml, personEtag(person))
    })
    .put(...entryBody, (request, response) => {
      const person = personOf(request.params['id'])
      requireMatch(request, personEtag(person))
      store.updatePerson(person.id, nameFrom(entryOf(request)))
      response.status(204).end()
    })
    .delete((request, response) => {
      const person = personOf(request.params.id)
      if (!person.isDeleted) assertPreconditions(request, personEtag(person))
      store.deletePerson(person.id)
      response.status(204).end()
    })
    .all(allowOnly('GET', 'HEAD', 'PUT', 'DELETE'))

  return router
}

function personEtag({ id, changeId }: Person): string {
  return etagOf('person', id, changeId)
}

/** The name has two fields. In an entry without them, the title is the name. */
function nameFrom({ title, fields }: EntryContent): string {
  const parts = ['com.escenic.firstName', 'com.escenic.surName'].map(
    (name) => fields.get(name)?.text,
  )
  const inFields = parts.filter((part) => part !== undefined && part.trim() !== '').join(' ')
  if (inFields !== '') return inFields
  if (title !== undefined && title.trim() !== '') return title
  throw new MockServerError(
    'bad-entry',
    'a person needs a name: write it into com.escenic.surName, or into the title of the entry',
  )
}
