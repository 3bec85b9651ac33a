import type { Person } from '../../content/person.ts'
import type { ContentStore } from '../../content/store.ts'
import { atomLink, atomText } from '../feed.ts'
import { MEDIA, NS, REL } from '../names.ts'
import type { XmlObject } from '../write-xml.ts'
import { writeXml } from '../write-xml.ts'
import { serviceUrls } from '../../service-urls.ts'

/** One registered user as an Atom entry. */
export function personEntry(store: ContentStore, person: Person, baseUrl: string): XmlObject {
  const urls = serviceUrls(baseUrl)
  const self = urls.person(person.id)
  const publication = store.site.publication(person.publicationId)
  return {
    '@xmlns:app': NS.app,
    '@xmlns:dcterms': NS.dcterms,
    '@xmlns:metadata': NS.metadata,
    id: self,
    title: atomText(person.name),
    updated: person.editedAt,
    'app:edited': person.editedAt,
    published: person.createdAt,
    'dcterms:created': person.createdAt,
    'dcterms:identifier': person.id,
    link: [
      { rel: 'self', href: self, type: MEDIA.entry },
      { rel: 'edit', href: self, type: MEDIA.entry },
      {
        rel: REL.publication,
        href: urls.publication(publication.name),
        type: MEDIA.entry,
      },
    ].map(atomLink),
    'app:control': {
      'app:draft': person.isDeleted ? 'yes' : 'no',
      'vaext:state': { '@xmlns:vaext': NS.vaext, '@name': person.isDeleted ? 'deleted' : 'active' },
    },
  }
}

/** The document at a person's own URL. */
export function writePersonEntry(store: ContentStore, person: Person, baseUrl: string): string {
  return writeXml('entry', { '@xmlns': NS.atom, ...personEntry(store, person, baseUrl) })
}
