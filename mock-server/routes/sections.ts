import type { Request, Response } from 'express'
import { Router } from 'express'

import { writeStartFeed, writeSubsectionFeed } from '../atom/discovery/discovery-feed.ts'
import type { SectionView } from '../atom/discovery/section-entry.ts'
import { writeSectionEntry } from '../atom/discovery/section-entry.ts'
import { MEDIA } from '../atom/names.ts'
import { badEntry } from '../atom/parse-xml.ts'
import type { SectionEntry } from '../atom/read-section.ts'
import { readSection, SECTION_FIELDS } from '../atom/read-section.ts'
import { requestedTitle } from '../content/item/field.ts'
import type { Section, SectionPatch } from '../content/site/section.ts'
import type { Site } from '../content/site/site.ts'
import { sendEntry, sendFeed, sendFeedInPieces } from '../http/atom-response.ts'
import { baseUrlOf } from '../http/base-url.ts'
import { acceptEntry, xmlOf } from '../http/entry-body.ts'
import { allowOnly } from '../http/error-response.ts'
import { etagOf } from '../http/etag.ts'
import { assertPreconditions, requireMatch } from '../http/preconditions.ts'
import { wholeNumber } from '../http/whole-number.ts'
import { serviceUrls } from '../service-urls.ts'
import type { RouteDeps } from './route-deps.ts'

/**
 * Sections: create, read, update. They have no rows in change logs, which record content, not
 * structure.
 */
export function sectionRoutes({ store, settings }: RouteDeps): Router {
  const router = Router({ caseSensitive: true })
  const sectionOf = (id: unknown) => store.site.section(wholeNumber(id, 'section id'))
  const baseUrl = (request: Pick<Request, 'get' | 'socket'>): string =>
    baseUrlOf(request, settings.publicUrl)
  const viewOf = (request: Pick<Request, 'get' | 'socket'>): SectionView => {
    return { baseUrl: baseUrl(request), sectionModel: settings.sectionModel }
  }
  const entryBody = acceptEntry(settings.maxBodyBytes)

  const create = (request: Request, response: Response, parent: Section, entry: SectionEntry) => {
    const { parentId: _parent, title: _title, ...made } = entry
    const name = nameFrom(entry)
    if (name === undefined)
      throw badEntry(`${SECTION_FIELDS.name}: a section needs a name; write it into this field`)
    assertPreconditions(request)
    const { id } = store.addSection({ ...made, name, parentId: parent.id })
    response
      .status(201)
      .location(serviceUrls(baseUrl(request)).section(id))
      .type(MEDIA.entry)
      .end()
  }

  router
    .route('/escenic/section')
    .get((request, response) =>
      sendFeed(response, writeStartFeed(store, viewOf(request), 'section')),
    )
    .post(...entryBody, (request, response) => {
      const entry = readSection(xmlOf(request))
      if (entry.parentId === undefined)
        throw badEntry('parent: a new section links to its parent section; add the link')
      create(request, response, parentOf(store.site, entry.parentId), entry)
    })
    .all(allowOnly('GET', 'HEAD', 'POST'))

  router
    .route('/escenic/section/:id')
    .get((request, response) => {
      const section = sectionOf(request.params.id)
      const xml = writeSectionEntry(store, section, viewOf(request))
      sendEntry(response, xml, sectionEtag(store.site, section))
    })
    .put(...entryBody, (request, response) => {
      const section = sectionOf(request.params['id'])
      requireMatch(request, sectionEtag(store.site, section), settings.missingMatchStatus)
      store.updateSection(section.id, patchFrom(readSection(xmlOf(request)), section))
      response
        .status(settings.putStatus)
        .set('ETag', sectionEtag(store.site, store.site.section(section.id)))
        .end()
    })
    .all(allowOnly('GET', 'HEAD', 'PUT'))

  router
    .route('/escenic/section/:id/subsections')
    .get((request, response) =>
      sendFeedInPieces(
        response,
        writeSubsectionFeed(store, sectionOf(request.params.id), viewOf(request)),
      ),
    )
    .post(...entryBody, (request, response) => {
      const parent = sectionOf(request.params['id'])
      const entry = readSection(xmlOf(request))
      assertParent(entry, parent.id)
      create(request, response, parent, entry)
    })
    .all(allowOnly('GET', 'HEAD', 'POST'))

  return router
}

/** A list of subsections is part of its section: the section's tag changes with it. */
function sectionEtag(site: Site, { id, revision }: Section): string {
  return etagOf('section', id, revision, site.subsectionsRevision(id))
}

/** A link in a body that leads nowhere is a mistake in the body. */
function parentOf(site: Site, id: number): Section {
  if (site.hasSection(id)) return site.section(id)
  throw badEntry(`parent: there is no section ${id}`)
}

function assertParent({ parentId }: SectionEntry, expected: number | null): void {
  if (parentId === undefined || parentId === expected) return
  throw badEntry(
    `parent: expected a link to section ${expected}, got section ${parentId}; a section cannot be moved`,
  )
}

function patchFrom(entry: SectionEntry, section: Section): SectionPatch {
  assertParent(entry, section.parentId)
  const { parentId: _parent, title: _title, inheritsAccess, ...patch } = entry
  if (inheritsAccess !== undefined && inheritsAccess !== section.inheritsAccess) {
    throw badEntry(
      `${SECTION_FIELDS.inheritsAccess}: it is ${section.inheritsAccess} and cannot be changed later; create another section`,
    )
  }
  return { ...patch, name: nameFrom(entry, section.name) }
}

/** A name is one value, in the title and in its field. */
function nameFrom({ title, name }: SectionEntry, before?: string): string | undefined {
  const field = name === undefined ? undefined : { text: name, start: 0, end: 0 }
  return requestedTitle(title, field, before)
}
