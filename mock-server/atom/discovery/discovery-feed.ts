import type { LogRef } from '../../content/changes/log-ref.ts'
import { logPath } from '../../content/changes/log-ref.ts'
import type { Publication } from '../../content/site/publication.ts'
import type { Section } from '../../content/site/section.ts'
import type { ContentStore } from '../../content/store.ts'
import { atomLink, atomText, writeFeed } from '../feed.ts'
import { FEED_AUTHOR, MEDIA, NS, REL } from '../names.ts'
import { renderOnce } from '../render-cache.ts'
import { sectionEntry } from './section-entry.ts'
import { writeChild, writeXml } from '../write-xml.ts'

/** `section/ROOT/subsections`, where every client of the web service starts, and `section`, which shows the same. */
export function writeStartFeed(
  store: ContentStore,
  baseUrl: string,
  path = 'section/ROOT/subsections',
): string {
  const service = `${baseUrl}/webservice/escenic`
  const self = `${service}/${path}`
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
    entries: store.site.subsections(null).map((root) => sectionEntry(store, root, baseUrl)),
  })
}

/** `section/{id}/subsections`: the sections right below one. In pieces, because there may be thousands of them. */
export function* writeSubsectionFeed(
  store: ContentStore,
  parent: Section,
  baseUrl: string,
): Generator<string> {
  const self = `${baseUrl}/webservice/escenic/section/${parent.id}/subsections`
  const feed = writeFeed({
    id: self,
    title: `Subsections of ${parent.name}`,
    updated: store.now(),
    links: [{ rel: 'self', href: self, type: MEDIA.feed }],
    entries: [],
  })
  const end = feed.lastIndexOf('</')
  yield feed.slice(0, end)
  for (const child of store.site.subsections(parent.id)) {
    yield renderOnce(child, baseUrl, () => writeChild('entry', sectionEntry(store, child, baseUrl)))
  }
  yield feed.slice(end)
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

/** `section/{id}/lists`: the lists of a section, each with its change log. */
export function writeListFeed(store: ContentStore, section: Section, baseUrl: string): string {
  const service = `${baseUrl}/webservice/escenic`
  const self = `${service}/section/${section.id}/lists`
  const lists = store.site.lists.filter((list) => list.sectionId === section.id)
  return writeFeed({
    id: self,
    title: `Lists of ${section.name}`,
    updated: store.now(),
    links: [{ rel: 'self', href: self, type: MEDIA.feed }],
    entries: lists.map(({ id, name }) => ({
      '@xmlns:dcterms': NS.dcterms,
      id: `${service}/list/${id}`,
      title: atomText(name),
      updated: section.createdAt,
      'dcterms:identifier': id,
      link: atomLink({
        rel: REL.changelog,
        href: `${service}/changelog/list/${id}`,
        type: MEDIA.feed,
      }),
    })),
  })
}

export interface LogListOptions {
  readonly baseUrl: string
  readonly userName: string
  /** Whether each entry gets the `updated` that RFC 4287 demands. */
  readonly isDated: boolean
  readonly isReadable: (log: LogRef) => boolean
}

/** `changelog`: the logs for which `isReadable` holds. [protocol §1.2] */
export function writeLogList(
  store: ContentStore,
  { baseUrl, userName, isDated, isReadable }: LogListOptions,
): string {
  const service = `${baseUrl}/webservice/escenic`
  const self = `${service}/changelog`
  // The two entries of a publication carry its URL as their id: the link identifies a log.
  const entries = store.site.publications.flatMap(({ id, name }) => {
    const logs = [
      { scope: 'person', id, title: `Change log for persons in publication '${name}'` },
      { scope: 'publication', id, title: `Change log for publication '${name}'` },
    ] as const
    return logs.filter(isReadable).map((log) => ({
      id: `${service}/publication/${name}`,
      title: atomText(log.title),
      updated: isDated ? store.now().toISOString() : undefined,
      link: atomLink({ rel: REL.changelog, href: baseUrl + logPath(log), type: MEDIA.feed }),
    }))
  })
  return writeFeed({
    id: self,
    title: `Change logs accessible to ${userName}`,
    updated: store.now(),
    links: [{ rel: 'self', href: self, type: MEDIA.feed }],
    entries,
  })
}

/** `person`: always empty; new persons are posted to it. */
export function writePersonFeed(store: ContentStore, baseUrl: string): string {
  const self = `${baseUrl}/webservice/escenic/person`
  return writeFeed({
    id: self,
    title: 'Persons',
    updated: store.now(),
    links: [{ rel: 'self', href: self, type: MEDIA.feed }],
    entries: [],
  })
}

/** `publication/{name}/`: another place to start from. */
export function writePublicationEntry(
  store: ContentStore,
  publication: Publication,
  baseUrl: string,
): string {
  const service = `${baseUrl}/webservice/escenic`
  const self = `${service}/publication/${publication.name}/`
  const root = store.site.section(publication.rootSectionId)
  return writeXml('entry', {
    '@xmlns': NS.atom,
    '@xmlns:dcterms': NS.dcterms,
    id: self,
    title: atomText(publication.name),
    updated: root.createdAt,
    author: { name: FEED_AUTHOR },
    'dcterms:identifier': publication.id,
    link: [
      { rel: 'self', href: self, type: MEDIA.entry },
      { rel: 'alternate', href: `${baseUrl}/${publication.name}/`, type: 'text/html' },
      {
        rel: REL.homeSection,
        href: `${service}/section/${root.id}`,
        type: MEDIA.entry,
        title: root.name,
      },
      { rel: 'down', href: `${service}/section/${root.id}/subsections`, type: MEDIA.feed },
      {
        rel: REL.changelog,
        href: `${service}/changelog/publication/${publication.id}`,
        type: MEDIA.feed,
      },
    ].map(atomLink),
  })
}

/** The service's front door, which clients ask for to see whether it is there. */
export function writeServiceDocument(store: ContentStore, baseUrl: string): string {
  const service = `${baseUrl}/webservice/escenic`
  return writeXml('app:service', {
    '@xmlns:app': NS.app,
    '@xmlns': NS.atom,
    'app:workspace': store.site.publications.map(({ name, rootSectionId }) => ({
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
