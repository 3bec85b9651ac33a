import type { ContentItem } from '../../content/item/item.ts'
import { isDraft } from '../../content/item/item.ts'
import type { ContentStore } from '../../content/store.ts'
import { atomLink, atomText } from '../feed.ts'
import { ENTRY_PREFIXES, MEDIA, NS, REL } from '../names.ts'
import { renderOnce } from '../render-cache.ts'
import { fillSlots, slot } from '../slots.ts'
import type { XmlObject } from '../write-xml.ts'
import { writeChild, writeXml } from '../write-xml.ts'
import { serviceUrls } from '../../service-urls.ts'

interface EntryView {
  /** Scheme, host and port in front of every URL of the entry. */
  readonly baseUrl: string
  /** `log`: the entry in a change log; `full`: the entry at the item's own URL. */
  readonly links: 'log' | 'full'
  readonly payload: boolean
  /**
   * Whether an item that was never published also gets `updated`, as RFC 4287 requires. [atom
   * §4.1.2]
   */
  readonly isDated: boolean
}

/** One content item as an Atom entry. [protocol §2.2] */
function itemEntry(store: ContentStore, item: ContentItem, view: EntryView): XmlObject {
  const { name } = store.site.publication(item.publicationId)
  const urls = serviceUrls(view.baseUrl)
  const draft = isDraft(item.state) ? 'yes' : 'no'
  const { kept } = item
  const isFull = view.links === 'full'
  return {
    '@kept': slot(kept.attributes),
    ...(isFull ? ENTRY_DECLARATIONS : LOG_ENTRY_DECLARATIONS),
    id: urls.item(item.id),
    title: kept.title === '' ? atomText(item.title) : undefined,
    'kept-title': slot(kept.title),
    // The Published property, not the last modification: an item that was never published has
    // neither date.
    updated: item.publishedAt ?? (view.isDated ? item.editedAt : undefined),
    'app:edited': item.editedAt,
    published: item.firstPublishedAt ?? undefined,
    'dcterms:created': item.createdAt,
    author:
      kept.author === ''
        ? { name: item.author.name, uri: urls.person(item.author.personId) }
        : undefined,
    'kept-author': slot(kept.author),
    'dcterms:identifier': item.id,
    'metadata:reference':
      kept.reference === ''
        ? { '@source': 'ece-auto-gen', '@sourceid': sourceId(item.id) }
        : undefined,
    'kept-reference': slot(kept.reference),
    link: itemLinks(store, item, view),
    'metadata:publication': {
      '@href': urls.publication(name),
      '@title': name,
      link: isFull ? sectionLinks(store, item, urls) : undefined,
      'kept-publication': isFull ? slot(kept.publication) : undefined,
    },
    'app:control': {
      'app:draft': draft,
      'vaext:state': {
        '@xmlns:vaext': isFull ? undefined : NS.vaext,
        '@name': item.state,
        '@href': urls.state(item.state),
      },
      'kept-control': slot(kept.control),
    },
    'kept-others': view.payload ? slot(kept.others) : undefined,
    'kept-content': view.payload ? slot(kept.content) : undefined,
    content:
      view.payload && item.payload !== null ? { '@type': MEDIA.payload, '#': item.id } : undefined,
  }
}

/** The document at an item's own URL. */
export function writeItemEntry(
  store: ContentStore,
  item: ContentItem,
  view: Pick<EntryView, 'baseUrl' | 'isDated'>,
): string {
  const entry = itemEntry(store, item, { ...view, links: 'full', payload: true })
  return fillSlots(writeXml('entry', { '@xmlns': NS.atom, ...entry }), item, view.baseUrl)
}

/**
 * An item's entry as a child of a feed. Cached while the item is unchanged: a page shows up to a
 * hundred items, few of which have changed since the last page, and takes twice as long when all of
 * them have to be rendered (`npm run bench -- store`).
 */
export function writeLogEntry(
  store: ContentStore,
  item: ContentItem,
  view: Omit<EntryView, 'links'>,
): string {
  // The entry shows the name of the home section.
  const { revision } = store.site.section(item.homeSectionId)
  const { baseUrl, payload, isDated } = view
  return renderOnce(item, `${revision} ${payload} ${isDated} ${baseUrl}`, () =>
    fillSlots(
      writeChild('entry', itemEntry(store, item, { ...view, links: 'log' })),
      item,
      baseUrl,
    ),
  )
}

const ENTRY_DECLARATIONS = declarations(ENTRY_PREFIXES)
const LOG_ENTRY_DECLARATIONS = declarations(['app', 'dcterms', 'metadata'])

function declarations(prefixes: readonly (typeof ENTRY_PREFIXES)[number][]): XmlObject {
  return Object.fromEntries(prefixes.map((prefix) => [`@xmlns:${prefix}`, NS[prefix]]))
}

function itemLinks(store: ContentStore, item: ContentItem, view: EntryView): readonly XmlObject[] {
  const urls = serviceUrls(view.baseUrl)
  const self = urls.item(item.id)
  const home = store.site.section(item.homeSectionId)
  const publication = store.site.publication(item.publicationId)
  const selfLink = { rel: 'self', href: self, type: MEDIA.entry }
  const homeLink = {
    rel: REL.homeSection,
    href: urls.section(home.id),
    type: MEDIA.entry,
    title: home.name,
  }
  if (view.links === 'log') return [atomLink(selfLink), atomLink(homeLink)]

  const page = [publication.name, home.directoryName, `article${item.id}.ece`].filter(
    (part) => part !== '',
  )
  return [
    selfLink,
    { rel: 'edit', href: self, type: MEDIA.entry },
    { rel: 'alternate', href: `${view.baseUrl}/${page.join('/')}`, type: 'text/html' },
    homeLink,
    {
      rel: REL.publication,
      href: urls.publication(publication.name),
      type: MEDIA.entry,
    },
    { rel: REL.lock, href: urls.locks(item.id), type: MEDIA.feed },
    { rel: REL.log, href: `${self}/log`, type: MEDIA.feed },
  ].map(atomLink)
}

function sectionLinks(
  store: ContentStore,
  item: ContentItem,
  urls: ReturnType<typeof serviceUrls>,
): readonly XmlObject[] {
  return item.sectionIds.map((id) =>
    atomLink({
      rel: id === item.homeSectionId ? REL.homeSection : REL.section,
      href: urls.section(id),
      type: MEDIA.entry,
      title: store.site.section(id).name,
    }),
  )
}

function sourceId(itemId: number): string {
  const digits = String(itemId).padStart(15, '0')
  return `2f3a1d1e-0${digits.slice(0, 3)}-4000-8000-${digits.slice(3)}`
}
