import type { Section } from '../../content/site/section.ts'
import type { ContentStore } from '../../content/store.ts'
import { atomLink, atomText } from '../feed.ts'
import { MEDIA, NS, REL } from '../names.ts'
import type { XmlObject } from '../write-xml.ts'
import { writeXml } from '../write-xml.ts'
import { serviceUrls } from '../../service-urls.ts'

/** One section as an Atom entry, with the links that a client navigates by. */
export function sectionEntry(store: ContentStore, section: Section, baseUrl: string): XmlObject {
  const publication = store.site.publication(section.publicationId)
  const urls = serviceUrls(baseUrl)
  const self = urls.section(section.id)
  const page = [publication.name, section.directoryName].filter((part) => part !== '').join('/')
  return {
    '@xmlns:app': NS.app,
    '@xmlns:dcterms': NS.dcterms,
    '@xmlns:metadata': NS.metadata,
    id: self,
    title: atomText(section.name),
    updated: section.createdAt,
    'app:edited': section.createdAt,
    published: section.createdAt,
    'dcterms:created': section.createdAt,
    'dcterms:identifier': section.id,
    category: { '@term': 'directory', '@scheme': NS.vdf },
    link: [
      { rel: 'self', href: self, type: MEDIA.entry },
      { rel: 'edit', href: self, type: MEDIA.entry },
      { rel: 'alternate', href: `${baseUrl}/${page}/`, type: 'text/html' },
      { rel: 'down', href: `${self}/subsections`, type: MEDIA.feed },
      {
        rel: REL.publication,
        href: urls.publication(publication.name),
        type: MEDIA.entry,
      },
      { rel: REL.contentItems, href: `${self}/content-items`, type: MEDIA.feed },
      { rel: REL.lists, href: `${self}/lists`, type: MEDIA.feed },
      { rel: REL.changelog, href: urls.changeLog('section', section.id), type: MEDIA.feed },
    ].map(atomLink),
    'metadata:publication': {
      '@href': urls.publication(publication.name),
      '@title': publication.name,
    },
    content: { '@type': MEDIA.payload, 'vdf:payload': sectionPayload(section) },
  }
}

/** The document at a section's own URL. */
export function writeSectionEntry(store: ContentStore, section: Section, baseUrl: string): string {
  return writeXml('entry', { '@xmlns': NS.atom, ...sectionEntry(store, section, baseUrl) })
}

function sectionPayload(section: Section): XmlObject {
  const fields = {
    'com.escenic.sectionName': section.name,
    'com.escenic.directoryName': section.directoryName,
    // False on a section with an access definition of its own: it governs a protection domain.
    'com.escenic.inheritAccess': String(section.inheritsAccess),
  }
  return {
    '@xmlns:vdf': NS.vdf,
    '@model': 'com.escenic.section',
    'vdf:field': Object.entries(fields).map(([name, value]) => ({
      '@name': name,
      'vdf:value': value,
    })),
  }
}
