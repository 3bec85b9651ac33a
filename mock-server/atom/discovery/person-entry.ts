import type { Person } from '../../content/person.ts'
import type { ContentStore } from '../../content/store.ts'
import { serviceUrls } from '../../service-urls.ts'
import { atomLink, atomText } from '../feed.ts'
import { MEDIA, NS, REL } from '../names.ts'
import { fillSlots, slot } from '../slots.ts'
import type { XmlObject } from '../write-xml.ts'
import { writeChild, writeXml } from '../write-xml.ts'

interface PersonView {
  readonly baseUrl: string
  /** Whether to show the payload, and the parts that the store only keeps. */
  readonly payload: boolean
}

/** One registered user as an Atom entry. */
function personEntry(
  store: ContentStore,
  person: Person,
  { baseUrl, payload }: PersonView,
): XmlObject {
  const urls = serviceUrls(baseUrl)
  const self = urls.person(person.id)
  const publication = store.site.publication(person.publicationId)
  const { kept } = person
  return {
    '@kept': slot(kept.attributes),
    '@xmlns:app': NS.app,
    '@xmlns:dcterms': NS.dcterms,
    '@xmlns:metadata': NS.metadata,
    id: self,
    title: kept.title === '' ? atomText(person.name) : undefined,
    'kept-title': slot(kept.title),
    updated: person.editedAt,
    'app:edited': person.editedAt,
    published: person.createdAt,
    'dcterms:created': person.createdAt,
    'kept-author': slot(kept.author),
    'dcterms:identifier': person.id,
    'kept-reference': slot(kept.reference),
    link: [
      { rel: 'self', href: self, type: MEDIA.entry },
      { rel: 'edit', href: self, type: MEDIA.entry },
      {
        rel: REL.publication,
        href: urls.publication(publication.name),
        type: MEDIA.entry,
      },
    ].map(atomLink),
    'metadata:publication':
      kept.publication === '' ? undefined : { 'kept-publication': slot(kept.publication) },
    'app:control': {
      'app:draft': person.isDeleted ? 'yes' : 'no',
      'vaext:state': { '@xmlns:vaext': NS.vaext, '@name': person.isDeleted ? 'deleted' : 'active' },
      'kept-control': slot(kept.control),
    },
    'kept-others': payload ? slot(kept.others) : undefined,
    'kept-content': payload ? slot(kept.content) : undefined,
    content:
      payload && person.payload !== null ? { '@type': MEDIA.payload, '#': person.id } : undefined,
  }
}

/** The document at a person's own URL. */
export function writePersonEntry(store: ContentStore, person: Person, baseUrl: string): string {
  const entry = personEntry(store, person, { baseUrl, payload: true })
  return fillSlots(writeXml('entry', { '@xmlns': NS.atom, ...entry }), person, baseUrl)
}

/** A person's entry as a child of a change log. */
export function writePersonRow(store: ContentStore, person: Person, view: PersonView): string {
  return fillSlots(writeChild('entry', personEntry(store, person, view)), person, view.baseUrl)
}
