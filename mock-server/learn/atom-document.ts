import type { Element } from '@xmldom/xmldom'

import { NS } from '../atom/names.ts'
import { child, children, parseXml } from '../atom/parse-xml.ts'
import { MockServerError } from '../errors.ts'
import type { StoreAnswer } from './polite-client.ts'

/** The feed or entry of a response. Throws `unreachable` with the URL for anything else. */
export function readDocument(url: string, { status, text }: StoreAnswer): Element {
  if (status !== 200) throw unexpected(url, `status ${status}`)
  const root = rootOf(url, text)
  if (root.namespaceURI === NS.atom && ['feed', 'entry'].includes(root.localName ?? '')) return root
  throw unexpected(url, `<${root.nodeName.slice(0, 100)}>`)
}

function rootOf(url: string, xml: string): Element {
  try {
    return parseXml(xml)
  } catch (error) {
    if (!(error instanceof MockServerError)) throw error
    throw unexpected(url, `something else: ${error.message}`)
  }
}

function unexpected(url: string, what: string): MockServerError {
  return new MockServerError(
    'unreachable',
    `${url}: expected an Atom document of a Content Store, got ${what}`,
  )
}

export function entriesOf(feed: Element): readonly Element[] {
  return children(feed, NS.atom, 'entry')
}

/** `href` of the first link with this relation and, if given, this start of its type. */
export function linkOf(element: Element, rel: string, type = ''): string | undefined {
  const links = children(element, NS.atom, 'link')
  const link = links.find(
    (each) =>
      each.getAttribute('rel') === rel && (each.getAttribute('type') ?? '').startsWith(type),
  )
  return link?.getAttribute('href') ?? undefined
}

export function textOf(element: Element, namespace: string, name: string): string | undefined {
  return child(element, namespace, name)?.textContent?.trim() ?? undefined
}

/** `dcterms:identifier` as a number. */
export function identifierOf(element: Element): number | undefined {
  return wholeNumberIn(textOf(element, NS.dcterms, 'identifier'))
}

/** The number at the end of the path of a URL such as `…/section/12`. */
export function idAtEnd(url: string | undefined): number | undefined {
  return wholeNumberIn(url?.split('?', 1)[0]?.split('/').at(-1))
}

/** Name of an item's state. */
export function stateOf(entry: Element): string | undefined {
  const control = child(entry, NS.app, 'control')
  return (control && child(control, NS.vaext, 'state')?.getAttribute('name')) ?? undefined
}

export function payloadOf(entry: Element): Element | undefined {
  const content = child(entry, NS.atom, 'content')
  return content && child(content, NS.vdf, 'payload')
}

/** Value of a field of the payload. */
export function fieldOf(entry: Element, name: string): string | undefined {
  const payload = payloadOf(entry)
  const fields = payload === undefined ? [] : children(payload, NS.vdf, 'field')
  const field = fields.find((each) => each.getAttribute('name') === name)
  return field && textOf(field, NS.vdf, 'value')
}

/** `count` in the query of a paging link. */
export function countOf(link: string | undefined): number | undefined {
  return wholeNumberIn(new URLSearchParams(link?.split('?')[1]).get('count') ?? undefined)
}

function wholeNumberIn(text: string | undefined): number | undefined {
  const number = Number(text)
  return text !== undefined && text !== '' && Number.isSafeInteger(number) && number >= 0
    ? number
    : undefined
}
