import type { LogRef } from '../../content/changes/log-ref.ts'
import { logPath } from '../../content/changes/log-ref.ts'
import type { Publication } from '../../content/site/publication.ts'
import type { Section } from '../../content/site/section.ts'
import type { ContentStore } from '../../content/store.ts'
import { atomLink, atomText, writeFeed } from '../feed.ts'
import { FEED_AUTHOR, MEDIA, NS, REL } from '../names.ts'
import type { SectionView } from './section-entry.ts'
import { writeSectionChild } from './section-entry.ts'
import { appendChildren, writeChild, writeXml } from '../write-xml.ts'
import { serviceUrls } from '../../service-urls.ts'

/**
 * `section/ROOT/subsections`, the start of every client of the web service, and `section`, which
 * has the same content.
 */
export function writeStartFeed(
  store: ContentStore,
  view: SectionView,
  path = 'section/ROOT/subsections',
): string {
  const urls = serviceUrls(view.baseUrl)
  const self = path === 'section' ? urls.sections : urls.start
  const feed = writeFeed({
    id: self,
    title: 'Publication root sections you are authorized to.',
    updated: store.now(),
    links: [
      { rel: 'self', href: self, type: MEDIA.feed },
      { rel: REL.protectionDomains, href: urls.changeLogs, type: MEDIA.feed },
      { rel: REL.person, href: urls.persons, type: MEDIA.feed },
      { rel: REL.section, href: urls.sections, type: MEDIA.feed },
    ],
    entries: [],
  })
  return appendChildren(
    feed,
    store.site.subsections(null).map((root) => writeSectionChild(store, root, view)),
  )
}

/**
 * `section/{id}/subsections`: the direct subsections of one section. In pieces, because there may
 * be thousands.
 */
export function* writeSubsectionFeed(
  store: ContentStore,
  parent: Section,
  view: SectionView,
): Generator<string> {
  const self = serviceUrls(view.baseUrl).subsections(parent.id)
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
    yield writeSectionChild(store, child, view)
  }
  yield feed.slice(end)
}

/** `section/{id}/content-items`: always empty; new items are posted to it. [protocol §2.1] */
export function writeContentItemFeed(
  store: ContentStore,
  section: Section,
  baseUrl: string,
): string {
  const self = serviceUrls(baseUrl).contentItems(section.id)
  return writeFeed({
    id: self,
    title: `Content items for section with dbid="${section.id}"`,
    updated: store.now(),
    links: [{ rel: 'self', href: self, type: MEDIA.feed }],
    entries: [],
  })
}

export interface LogListOptions {
  readonly baseUrl: string
  readonly userName: string
  /** Whether each entry gets the `updated` that RFC 4287 requires. */
  readonly isDated: boolean
  readonly isReadable: (log: LogRef) => boolean
}

/**
 * `changelog`: the logs for which `isReadable` holds. In pieces: there may be thousands. [protocol
 * §1.2]
 */
export function* writeLogList(
  store: ContentStore,
  { baseUrl, userName, isDated, isReadable }: LogListOptions,
): Generator<string> {
  const self = serviceUrls(baseUrl).changeLogs
  const feed = writeFeed({
    id: self,
    title: `Change logs accessible to ${userName}`,
    updated: store.now(),
    links: [{ rel: 'self', href: self, type: MEDIA.feed }],
    entries: [],
  })
  const end = feed.lastIndexOf('</')
  yield feed.slice(0, end)
  for (const { log, title } of listedLogs(store)) {
    if (!isReadable(log)) continue
    yield writeChild('entry', {
      // All entries of a publication carry its URL as their id: the link identifies a log.
      id: serviceUrls(baseUrl).publication(log.publication).slice(0, -1),
      title: atomText(title),
      updated: isDated ? store.now().toISOString() : undefined,
      link: atomLink({ rel: REL.changelog, href: baseUrl + logPath(log), type: MEDIA.feed }),
    })
  }
  yield feed.slice(end)
}

/**
 * Of each publication: its persons, and its protection domains. The root section's is the
 * publication's log.
 */
function* listedLogs({ site }: ContentStore) {
  for (const { id, name: publication, rootSectionId } of site.publications) {
    const of = `publication '${publication}'`
    yield {
      log: { scope: 'person', id, publication } as const,
      title: `Change log for persons in ${of}`,
    }
    yield { log: { scope: 'publication', id, publication } as const, title: `Change log for ${of}` }
    for (const section of site.sections) {
      const isDomain =
        section.publicationId === id && !section.inheritsAccess && section.id !== rootSectionId
      if (isDomain)
        yield {
          log: { scope: 'section', id: section.id, publication } as const,
          title: `Change log for section '${section.name}' in ${of}`,
        }
    }
  }
}

/** `person`: always empty; new persons are posted to it. */
export function writePersonFeed(store: ContentStore, baseUrl: string): string {
  const self = serviceUrls(baseUrl).persons
  return writeFeed({
    id: self,
    title: 'Persons',
    updated: store.now(),
    links: [{ rel: 'self', href: self, type: MEDIA.feed }],
    entries: [],
  })
}

/** `publication/{name}/`: another start page. */
export function writePublicationEntry(
  store: ContentStore,
  publication: Publication,
  baseUrl: string,
): string {
  const urls = serviceUrls(baseUrl)
  const self = urls.publication(publication.name)
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
        href: urls.section(root.id),
        type: MEDIA.entry,
        title: root.name,
      },
      { rel: 'down', href: urls.subsections(root.id), type: MEDIA.feed },
      {
        rel: REL.changelog,
        href: urls.changeLog('publication', publication.id),
        type: MEDIA.feed,
      },
    ].map(atomLink),
  })
}

/**
 * The front door, `index.xml`: where clients find the sections, and whether the service is
 * available.
 */
export function writeEndpoint(baseUrl: string): string {
  const urls = serviceUrls(baseUrl)
  return writeXml('endpoint', {
    '@xmlns': NS.atom,
    link: [
      { rel: 'sections', href: urls.start, type: MEDIA.feed },
      { rel: REL.protectionDomains, href: urls.changeLogs, type: MEDIA.feed },
      { rel: REL.person, href: urls.persons, type: MEDIA.feed },
    ].map(atomLink),
  })
}
