import type { Section } from '../content/section.ts'
import type { ContentStore } from '../content/store.ts'
import { atomLink, atomText, writeFeed } from './feed.ts'
import { MEDIA, NS, REL } from './names.ts'
import { sectionEntry } from './section-entry.ts'
import type { XmlObject } from './write-xml.ts'
import { writeXml } from './write-xml.ts'

/** `section/ROOT/subsections`: where every client of the web service starts. */
export function writeStartFeed(store: ContentStore, baseUrl: string): string {
  const service = `${baseUrl}/webservice/escenic`
  const self = `${service}/section/ROOT/subsections`
  const roots = store.sections.filter((section) => section.parentId === null)
  return writeFeed({
    id: self,
    title: 'Publication root sections you are authorized to.',
    updated: store.now(),
    links: [
      { rel: 'self', href: self, type: MEDIA.feed },
      { rel: REL.protectionDomains, href: `${service}/changelog`, type: MEDIA.feed },
      { rel: REL.person, href: `${service}/person`, type: MEDIA.feed },
      { rel: REL.section, href: `${service}/section`, type: MEDIA.feed },
    ],
    entries: roots.map((root) => sectionEntry(store, root, baseUrl)),
  })
}

/** `section/{id}/subsections`: the sections right below one. */
export function writeSubsectionFeed(store: ContentStore, parent: Section, baseUrl: string): string {
  const self = `${baseUrl}/webservice/escenic/section/${parent.id}/subsections`
  const children = store.sections.filter((section) => section.parentId === parent.id)
  return writeFeed({
    id: self,
    title: `Subsections of ${parent.name}`,
    updated: store.now(),
    links: [{ rel: 'self', href: self, type: MEDIA.feed }],
    entries: children.map((child) => sectionEntry(store, child, baseUrl)),
  })
}

/** `section/{id}/content-items`: always empty; new items are posted to it. [protocol §2.1] */
export function writeContentItemFeed(
  store: ContentStore,
  section: Section,
  baseUrl: string,
): string {
  const self = `${baseUrl}/webservice/escenic/section/${section.id}/content-items`
  return writeFeed({
    id: self,
    title: `Content items for section with dbid="${section.id}"`,
    updated: store.now(),
    links: [{ rel: 'self', href: self, type: MEDIA.feed }],
    entries: [],
  })
}

/** `changelog`: the logs that a user may read. [protocol §1.2] */
export function writeLogList(store: ContentStore, baseUrl: string, userName: string): string {
  const service = `${baseUrl}/webservice/escenic`
  const self = `${service}/changelog`
  return writeFeed({
    id: self,
    title: `Change logs accessible to ${userName}`,
    updated: store.now(),
    links: [{ rel: 'self', href: self, type: MEDIA.feed }],
    entries: store.publications.flatMap(({ id, name }): readonly XmlObject[] => [
      // Both entries carry the publication's URL as their id: the link identifies a log.
      logListEntry(
        service,
        name,
        `Change log for persons in publication '${name}'`,
        `person/${id}`,
      ),
      logListEntry(service, name, `Change log for publication '${name}'`, `publication/${id}`),
    ]),
  })
}

/** The service's front door, which clients ask for to see whether it is there. */
export function writeServiceDocument(store: ContentStore, baseUrl: string): string {
  const service = `${baseUrl}/webservice/escenic`
  return writeXml('app:service', {
    '@xmlns:app': NS.app,
    '@xmlns': NS.atom,
    'app:workspace': store.publications.map(({ name, rootSectionId }) => ({
      title: atomText(name),
      'app:collection': {
        '@href': `${service}/section/${rootSectionId}/content-items`,
        title: atomText(`Content items of ${name}`),
        'app:accept': MEDIA.entry,
      },
    })),
    link: atomLink({ rel: 'start', href: `${service}/section/ROOT/subsections`, type: MEDIA.feed }),
  })
}

function logListEntry(
  service: string,
  publicationName: string,
  title: string,
  log: string,
): XmlObject {
  return {
    id: `${service}/publication/${publicationName}`,
    title: atomText(title),
    link: atomLink({ rel: REL.changelog, href: `${service}/changelog/${log}`, type: MEDIA.feed }),
  }
}
