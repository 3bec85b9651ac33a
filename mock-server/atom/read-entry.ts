import type { Element } from '@xmldom/xmldom'
import { DOMParser, XMLSerializer } from '@xmldom/xmldom'

import type { ItemState } from '../content/item/item.ts'
import { ITEM_STATES } from '../content/item/item.ts'
import { ACTIONS, isTransition, stateAfter } from '../content/item/transitions.ts'
import { assertXmlText } from '../content/xml-text.ts'
import { MockServerError } from '../errors.ts'
import { NS, REL } from './names.ts'
import { assertXmlLimits, OPAQUE_SPANS } from './xml-limits.ts'

/** The content of a client's entry; absent parts are undefined. */
export interface EntryContent {
  readonly title: string | undefined
  /** The state that the text of `vaext:state` names. */
  readonly state: ItemState | undefined
  readonly isDraft: boolean | undefined
  /** Content type: the last segment of the payload's `model`. */
  readonly type: string | undefined
  readonly summary: string | undefined
  /** The `metadata:fragment` that a lock request names. */
  readonly fragment: string | undefined
  /** The `vdf:payload` element, verbatim but for namespace declarations that it inherited. */
  readonly payload: string | undefined
  /** Sections that `metadata:publication` links to, home section first. */
  readonly sectionIds: readonly number[] | undefined
}

/** Sections that an item may be in. */
const MAX_SECTIONS = 100
const REFERENCE = /&(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[\da-fA-F]{1,6});/y
/** Reads the entry of a POST or PUT. Throws `bad-entry` or `bad-text`. */
export function readEntry(xml: string): EntryContent {
  const entry = parseDocument(xml)
  if (entry.namespaceURI !== NS.atom || entry.localName !== 'entry') {
    throw badEntry(`expected an entry in the namespace ${NS.atom}, got ${describeElement(entry)}`)
  }
  const title = child(entry, NS.atom, 'title')?.textContent ?? undefined
  const control = child(entry, NS.app, 'control')
  const payload = readPayload(entry)
  if (title !== undefined) assertXmlText(title, 'the title')
  return {
    title,
    summary: child(entry, NS.atom, 'summary')?.textContent ?? undefined,
    fragment: child(entry, NS.metadata, 'fragment')?.textContent?.trim() || undefined,
    state: control && readState(control),
    isDraft: control && readDraft(control),
    type: payload && contentType(payload),
    payload: payload && serialize(payload),
    sectionIds: readSectionIds(entry),
  }
}

function parseDocument(xml: string): Element {
  assertXmlLimits(xml)
  assertReferences(xml)
  const document = (() => {
    try {
      return new DOMParser({ onError: refuse }).parseFromString(xml, 'text/xml')
    } catch (error) {
      throw badEntry(`it is not well-formed XML: ${reason(error)}`, { cause: error })
    }
  })()
  if (document.documentElement === null) throw badEntry('the document is empty')
  return document.documentElement
}

/** The parser lets a bare ampersand pass. Runs in linear time, however the spans are nested or left open. */
function assertReferences(xml: string): void {
  const mark = /<!\[CDATA\[|<!--|<\?|&/g
  for (let found = mark.exec(xml); found !== null; found = mark.exec(xml)) {
    const [, spanEnd] = OPAQUE_SPANS.find(([start]) => start === found?.[0]) ?? []
    if (spanEnd === undefined) {
      REFERENCE.lastIndex = found.index
      if (!REFERENCE.test(xml))
        throw badEntry('an ampersand must be written &amp; (XML knows five entities)')
    } else {
      const end = xml.indexOf(spanEnd, mark.lastIndex)
      if (end === -1) return // Not closed: the parser says so.
      mark.lastIndex = end + spanEnd.length
    }
  }
}

function refuse(level: string, message: string): never {
  throw new Error(`${level}: ${message}`)
}

function reason(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return cause instanceof Error ? cause.message : String(cause)
}

function readState(control: Element): ItemState | undefined {
  // The attribute repeats the current state; only the text asks for another one. [protocol §2.5]
  const name = child(control, NS.vaext, 'state')?.textContent?.trim()
  if (name === undefined || name === '') return undefined
  if (isTransition(name)) return stateAfter(name)
  throw badEntry(`vaext:state is one of ${[...ITEM_STATES, ...ACTIONS].join(', ')}, not "${name}"`)
}

function readDraft(control: Element): boolean | undefined {
  const draft = child(control, NS.app, 'draft')?.textContent?.trim()
  if (draft === undefined) return undefined
  if (draft === 'yes' || draft === 'no') return draft === 'yes'
  throw badEntry(`app:draft is "yes" or "no", not "${draft}"`)
}

function readPayload(entry: Element): Element | undefined {
  const content = child(entry, NS.atom, 'content')
  return content && child(content, NS.vdf, 'payload')
}

function contentType(payload: Element): string | undefined {
  const model = payload.getAttribute('model')
  return model?.split('/').findLast((segment) => segment !== '')
}

function serialize(payload: Element): string {
  const xml = new XMLSerializer().serializeToString(payload)
  assertXmlText(xml, 'the payload')
  return xml
}

function readSectionIds(entry: Element): readonly number[] | undefined {
  const publication = child(entry, NS.metadata, 'publication')
  const links = publication === undefined ? [] : children(publication, NS.atom, 'link')
  const homes = links.filter((link) => link.getAttribute('rel') === REL.homeSection)
  const others = links.filter((link) => link.getAttribute('rel') === REL.section)
  const ids = [...homes, ...others].map(sectionId)
  if (ids.length > MAX_SECTIONS)
    throw badEntry(`sections: expected links to at most ${MAX_SECTIONS}, got ${ids.length}`)
  return ids.length === 0 ? undefined : [...new Set(ids)]
}

function sectionId(link: Element): number {
  const href = link.getAttribute('href') ?? ''
  const id = /\/section\/(\d{1,15})$/.exec(href)?.[1]
  if (id === undefined)
    throw badEntry(`a section link ends in /section/ and a number, not "${href}"`)
  return Number(id)
}

function child(parent: Element, namespace: string, name: string): Element | undefined {
  return children(parent, namespace, name)[0]
}

function children(parent: Element, namespace: string, name: string): readonly Element[] {
  return elements(parent).filter(
    (element) => element.namespaceURI === namespace && element.localName === name,
  )
}

function elements(parent: Element): readonly Element[] {
  const found: Element[] = []
  for (let node = parent.firstChild; node !== null; node = node.nextSibling) {
    if (isElement(node)) found.push(node)
  }
  return found
}

function isElement(node: { readonly nodeType: number }): node is Element {
  return node.nodeType === 1
}

function describeElement(element: Element): string {
  return `${element.nodeName} in ${element.namespaceURI ?? 'no namespace'}`
}

function badEntry(message: string, options?: ErrorOptions): MockServerError {
  return new MockServerError('bad-entry', message, options)
}
