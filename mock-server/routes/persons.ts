import { Router } from 'express'

import { writePersonFeed } from '../atom/discovery/discovery-feed.ts'
import { writePersonEntry } from '../atom/discovery/person-entry.ts'
import { badEntry } from '../atom/parse-xml.ts'
import type { PersonEntry } from '../atom/read-person.ts'
import { readPerson } from '../atom/read-person.ts'
import type { Person, PersonParts } from '../content/person.ts'
import { MockServerError } from '../errors.ts'
import { sendEntry, sendFeed } from '../http/atom-response.ts'
import { baseUrlOf } from '../http/base-url.ts'
import { acceptEntry, xmlOf } from '../http/entry-body.ts'
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
      const parts = partsFrom(readPerson(xmlOf(request)))
      const baseUrl = baseUrlOf(request, settings.publicUrl)
      const [publication] = store.site.publications
      if (publication === undefined)
        throw new MockServerError('not-found', 'there is no publication')
      assertPreconditions(request)
      const { subject } = store.createPerson(publication.id, parts)
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
      store.updatePerson(person.id, partsFrom(readPerson(xmlOf(request)), person))
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

/** A payload stays when the entry has none, unless other content replaces it. */
function partsFrom(entry: PersonEntry, before?: Person): PersonParts {
  const { payload = null, nameInFields = null, kept } = entry
  const isKept = entry.payload === undefined && kept.content === ''
  const parts = isKept && before !== undefined ? before : { payload, nameInFields }
  const name = nameFrom(entry.title, parts.nameInFields, before)
  return {
    name,
    nameInFields: parts.nameInFields,
    payload: parts.payload,
    kept: { ...kept, title: name === entry.title ? kept.title : '' },
  }
}

/** The name has two fields. Without them, the title is the name. */
function nameFrom(title: string | undefined, inFields: string | null, before?: Person): string {
  if (inFields === null && title !== undefined) return title
  if (inFields === null)
    throw badEntry(
      'a person needs a name: write it into com.escenic.surName, or into the title of the entry',
    )
  const isTitleEdited = title !== undefined && title !== inFields && title !== before?.name
  if (before !== undefined && isTitleEdited && inFields === before.name) {
    throw badEntry(
      'title: the name of this person is in com.escenic.firstName and com.escenic.surName; change it there',
    )
  }
  return inFields
}
