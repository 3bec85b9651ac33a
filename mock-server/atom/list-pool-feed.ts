import type { ContentList, ListKind, ListPlace } from '../content/site/content-list.ts'
import type { Section } from '../content/site/section.ts'
import type { ContentStore } from '../content/store.ts'
import { serviceUrls } from '../service-urls.ts'
import type { FeedLink } from './feed.ts'
import { atomLink, atomText, writeFeed } from './feed.ts'
import { MEDIA, NS, REL } from './names.ts'
import { POOL_ENTRY_FIELDS, POOL_ENTRY_MODEL } from './read-pool-entry.ts'
import { renderOnce } from './render-cache.ts'
import type { XmlObject } from './write-xml.ts'
import { writeChild, writeXml } from './write-xml.ts'

/**
 * `section/{id}/lists` and `section/{id}/inboxes`: where the entries of each one are, and its
 * change log.
 */
export function writeListFeed(
  store: ContentStore,
  section: Section,
  kind: ListKind,
  baseUrl: string,
): string {
  const urls = serviceUrls(baseUrl)
  const self = kind === 'list' ? urls.lists(section.id) : urls.inboxes(section.id)
  return writeFeed({
    id: self,
    title: `${kind === 'list' ? 'Lists' : 'Inboxes'} of ${section.name}`,
    updated: store.now(),
    links: [{ rel: 'self', href: self, type: MEDIA.feed }],
    entries: store.site.lists.of(section.id, kind).map((list) => ({
      '@xmlns:dcterms': NS.dcterms,
      id: urls.list(kind, list.id),
      title: atomText(list.name),
      updated: list.editedAt,
      'dcterms:identifier': list.id,
      link: [
        { rel: REL.listPool, href: urls.listPool(list.id), type: MEDIA.feed },
        changeLogLink(list, baseUrl),
      ].map(atomLink),
    })),
  })
}

/** The entries of a list, in its order, at `self`. In pieces, because there may be a thousand. */
export function* writeListPool(
  store: ContentStore,
  list: ContentList,
  baseUrl: string,
  self = serviceUrls(baseUrl).listPool(list.id),
): Generator<string> {
  const section = store.site.section(list.sectionId)
  const feed = writeFeed({
    id: self,
    title: list.name,
    // Of the list, not of the answer: a list has an ETag.
    updated: new Date(list.editedAt),
    links: [
      { rel: 'self', href: self, type: MEDIA.feed },
      changeLogLink(list, baseUrl),
      {
        rel: REL.homeSection,
        href: serviceUrls(baseUrl).section(section.id),
        type: MEDIA.feed,
        title: section.name,
      },
    ],
    entries: [],
  })
  const end = feed.lastIndexOf('</')
  yield feed.slice(0, end)
  for (const [index, entry] of list.entries.entries()) {
    yield renderOnce(entry, `${index} ${baseUrl}`, () =>
      writeChild('entry', poolEntry(store, { list, index, entry }, baseUrl)),
    )
  }
  yield feed.slice(end)
}

/** The document at the URL of a handle. */
export function writePoolEntry(store: ContentStore, place: ListPlace, baseUrl: string): string {
  const child = poolEntry(store, place, baseUrl)
  return writeXml('entry', { '@xmlns': NS.atom, ...child })
}

function changeLogLink({ id }: ContentList, baseUrl: string): FeedLink {
  return { rel: REL.changelog, href: serviceUrls(baseUrl).changeLog('list', id), type: MEDIA.feed }
}

function poolEntry(
  store: ContentStore,
  { list, index, entry: { handle, itemId, pinnedAt, editedAt } }: ListPlace,
  baseUrl: string,
): XmlObject {
  const urls = serviceUrls(baseUrl)
  const self = urls.listHandle(handle)
  const section = store.site.section(list.sectionId)
  const publication = store.site.publication(section.publicationId)
  const fields = {
    [POOL_ENTRY_FIELDS.priority]: index + 1,
    [POOL_ENTRY_FIELDS.pinned]: String(pinnedAt !== null),
  }
  return {
    id: self,
    title: atomText(`(type=1 ,id=${itemId} ,pubId=-1)`),
    updated: editedAt,
    link: [
      { rel: 'edit', href: self, type: MEDIA.feed },
      { rel: 'self', href: self, type: MEDIA.feed },
      { rel: 'about', href: urls.item(itemId), type: MEDIA.feed },
      { rel: 'collection', href: urls.listPool(list.id), type: MEDIA.uriList },
    ].map(atomLink),
    content: {
      '@type': MEDIA.payload,
      'vdf:payload': {
        '@xmlns:vdf': NS.vdf,
        '@model': urls.model(publication.name, POOL_ENTRY_MODEL),
        'vdf:field': Object.entries(fields).map(([name, value]) => ({
          '@name': name,
          'vdf:value': value,
        })),
      },
    },
  }
}
