import { FEED_AUTHOR, NS } from './names.ts'
import type { XmlObject } from './write-xml.ts'
import { writeXml } from './write-xml.ts'

export interface FeedLink {
  readonly rel: string
  readonly href: string
  readonly type?: string | undefined
  readonly title?: string | undefined
}

export interface FeedParts {
  readonly id: string
  /** Undefined: no title, as in the vendor's change logs. */
  readonly title?: string | undefined
  /** Time of rendering. */
  readonly updated: Date
  readonly links: readonly FeedLink[]
  readonly entries: readonly XmlObject[]
}

/** An Atom feed with its elements in the documented order. [protocol §1.9] */
export function writeFeed(feed: FeedParts): string {
  return writeXml('feed', {
    '@xmlns': NS.atom,
    id: feed.id,
    title: feed.title === undefined ? undefined : atomText(feed.title),
    updated: feed.updated.toISOString(),
    author: { name: FEED_AUTHOR },
    link: feed.links.map(atomLink),
    entry: feed.entries,
  })
}

export function atomLink({ rel, href, type, title }: FeedLink): XmlObject {
  return { '@rel': rel, '@href': href, '@type': type, '@title': title }
}

export function atomText(text: string): XmlObject {
  return { '@type': 'text', '#': text }
}
