import type { Element } from '@xmldom/xmldom'
import { DOMParser } from '@xmldom/xmldom'

import { FollowerError, shownUrl } from './follower-error.ts'

/** One item of a change log, as its newest entry describes it. */
export interface ChangeLogEntry {
  /** `dcterms:identifier`: the same for every entry of an item. */
  readonly identifier: string
  readonly title: string
  /** `app:edited`, an RFC 3339 time. */
  readonly edited: string
  /** Name of the state, such as `draft`, `published` or `deleted`. */
  readonly state: string
  /** The item itself: `rel="self"`, else `rel="edit"`, else empty. */
  readonly url: string
}

/** One page of a change log: entries from newest to oldest, and where to go from here. */
export interface ChangeLogPage {
  readonly entries: readonly ChangeLogEntry[]
  /** Newer changes. Every page has it, also the newest one. */
  readonly previous: string
  /** Older changes. The oldest page has none. */
  readonly next: string | undefined
  /** The event stream that names this log when it changes. */
  readonly eventStream: string | undefined
}

const ATOM = 'http://www.w3.org/2005/Atom'
const APP = 'http://www.w3.org/2007/app'
const DCTERMS = 'http://purl.org/dc/terms/'
const VAEXT = 'http://www.vizrt.com/atom-ext'
const EVENT_STREAM = 'text/event-stream'

/** Reads the page that `url` answered. Throws `bad-answer` for anything else than a change log. */
export function readChangeLogPage(xml: string, url: string): ChangeLogPage {
  const feed = rootOf(xml, url)
  const links = children(feed, ATOM, 'link')
  const hrefOf = (isWanted: (link: Element) => boolean): string | undefined => {
    const href = links.find(isWanted)?.getAttribute('href') ?? undefined
    return href !== undefined && URL.canParse(href, url) ? new URL(href, url).href : undefined
  }
  const previous = hrefOf((link) => link.getAttribute('rel') === 'previous')
  if (previous === undefined) throw badAnswer(url, 'a feed with a "previous" link', 'none')
  return {
    entries: children(feed, ATOM, 'entry').map((entry) => readEntry(entry, url)),
    previous,
    next: hrefOf((link) => link.getAttribute('rel') === 'next'),
    eventStream: hrefOf((link) => link.getAttribute('type') === EVENT_STREAM),
  }
}

function rootOf(xml: string, url: string): Element {
  const feed = (() => {
    try {
      return new DOMParser({ onError: refuse }).parseFromString(xml, 'text/xml').documentElement
    } catch (error) {
      throw badAnswer(url, 'well-formed XML', String(error), { cause: error })
    }
  })()
  if (feed?.localName === 'feed' && feed.namespaceURI === ATOM) return feed
  throw badAnswer(url, 'an Atom feed', `<${feed?.nodeName ?? ''}>`)
}

function readEntry(entry: Element, url: string): ChangeLogEntry {
  const text = (namespace: string, name: string): string =>
    children(entry, namespace, name)[0]?.textContent ?? ''
  const identifier = text(DCTERMS, 'identifier')
  if (identifier === '') throw badAnswer(url, 'a dcterms:identifier in each entry', 'none')
  const href = (rel: string): string | undefined =>
    children(entry, ATOM, 'link')
      .find((link) => link.getAttribute('rel') === rel)
      ?.getAttribute('href') ?? undefined
  const [state] = Array.from(entry.getElementsByTagNameNS(VAEXT, 'state'))
  return {
    identifier,
    title: text(ATOM, 'title'),
    edited: text(APP, 'edited'),
    state: state?.getAttribute('name') ?? '',
    url: href('self') ?? href('edit') ?? '',
  }
}

function children(parent: Element, namespace: string, name: string): readonly Element[] {
  const found: Element[] = []
  for (let node = parent.firstChild; node !== null; node = node.nextSibling) {
    if (isElement(node) && node.localName === name && node.namespaceURI === namespace)
      found.push(node)
  }
  return found
}

function isElement(node: { readonly nodeType: number }): node is Element {
  return node.nodeType === 1
}

function refuse(level: string, message: string): void {
  throw new Error(`${level}: ${message}`)
}

function badAnswer(
  url: string,
  expected: string,
  got: string,
  options?: ErrorOptions,
): FollowerError {
  return new FollowerError(
    'bad-answer',
    `${shownUrl(url)}: expected ${expected}, got ${got.slice(0, 200)}`,
    options,
  )
}
