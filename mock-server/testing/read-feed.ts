import { DOMParser } from '@xmldom/xmldom'

/** The parts of an entry that tests check. */
interface FeedEntry {
  readonly identifier: string
  readonly title: string
  readonly edited: string
  readonly state: string
}

/** The parts of a feed that tests check. */
export interface ReadFeed {
  readonly id: string
  readonly title: string | undefined
  /** First `href` of each relation; the two `changelog` links are distinguished by type. */
  readonly links: ReadonlyMap<string, string>
  readonly entries: readonly FeedEntry[]
  /** The `dcterms:identifier` of each entry, in order. */
  readonly identifiers: readonly string[]
  /** Names of the feed's own child elements, in order, without consecutive duplicates. */
  readonly elements: readonly string[]
}

const ATOM = 'http://www.w3.org/2005/Atom'
const APP = 'http://www.w3.org/2007/app'
const DCTERMS = 'http://purl.org/dc/terms/'
const VAEXT = 'http://www.vizrt.com/atom-ext'

/** Reads a feed with a strict parser. Throws when it is not well-formed or not a feed. */
export function readFeed(xml: string): ReadFeed {
  const { documentElement: root } = new DOMParser({
    onError: (level, message) => {
      throw new Error(`${level}: ${message}`)
    },
  }).parseFromString(xml, 'text/xml')
  if (root?.localName !== 'feed' || root.namespaceURI !== ATOM)
    throw new Error(`expected a feed, got ${xml.slice(0, 200)}`)
  const children = Array.from(root.childNodes).flatMap((node) => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nodeType 1 is an element.
    return node.nodeType === 1 ? [node as typeof root] : []
  })
  const named = (name: string) => children.filter((child) => child.localName === name)
  const links = named('link').map((link) => {
    const rel = link.getAttribute('rel') ?? ''
    const key = link.getAttribute('type') === 'text/event-stream' ? 'event-stream' : rel
    return [key, link.getAttribute('href') ?? ''] as const
  })
  const entries = named('entry').map((entry): FeedEntry => {
    const first = (namespace: string, name: string) =>
      entry.getElementsByTagNameNS(namespace, name)[0]
    return {
      identifier: first(DCTERMS, 'identifier')?.textContent ?? '',
      title: first(ATOM, 'title')?.textContent ?? '',
      edited: first(APP, 'edited')?.textContent ?? '',
      state: first(VAEXT, 'state')?.getAttribute('name') ?? '',
    }
  })
  const names = children.map((child) => child.nodeName)
  return {
    id: named('id')[0]?.textContent ?? '',
    title: named('title')[0]?.textContent ?? undefined,
    links: new Map(links.toReversed()),
    entries,
    identifiers: entries.map(({ identifier }) => identifier),
    elements: names.filter((name, index) => name !== names[index - 1]),
  }
}
