import { DOMParser } from '@xmldom/xmldom'

/** What tests look at in a feed. */
export interface ReadFeed {
  readonly id: string
  readonly title: string | undefined
  /** First `href` of each relation; the two `changelog` links are told apart by type. */
  readonly links: ReadonlyMap<string, string>
  /** The `dcterms:identifier` of each entry, in order. */
  readonly identifiers: readonly string[]
  /** Names of the feed's own child elements, in order, each run of equals once. */
  readonly elements: readonly string[]
}

const ATOM = 'http://www.w3.org/2005/Atom'

/** Reads a feed with a strict parser. Throws when it is not well-formed or no feed. */
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
  const names = children.map((child) => child.nodeName)
  return {
    id: named('id')[0]?.textContent ?? '',
    title: named('title')[0]?.textContent ?? undefined,
    links: new Map(links.toReversed()),
    identifiers: named('entry').map((entry) => {
      return (
        entry.getElementsByTagNameNS('http://purl.org/dc/terms/', 'identifier')[0]?.textContent ??
        ''
      )
    }),
    elements: names.filter((name, index) => name !== names[index - 1]),
  }
}
