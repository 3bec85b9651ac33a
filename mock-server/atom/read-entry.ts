import type { Element } from '@xmldom/xmldom'

import type { Field } from '../content/item/field.ts'
import type { Author, ItemState } from '../content/item/item.ts'
import { ITEM_STATES } from '../content/item/item.ts'
import type { KeptMarkup } from '../content/item/kept-markup.ts'
import { ACTIONS, isTransition, stateAfter } from '../content/item/transitions.ts'
import { assertXmlText } from '../content/xml-text.ts'
import { binariesIn } from './binary-links.ts'
import { NS, REL } from './names.ts'
import { badEntry, child, children, isNamed, parseXml } from './parse-xml.ts'
import { readAuthor, readKept } from './read-kept.ts'
import { readPayload } from './read-payload.ts'

/** The content of a client's entry; missing parts are undefined. */
export interface EntryContent {
  readonly title: string | undefined
  /** The state that the text of `vaext:state` names. */
  readonly state: ItemState | undefined
  readonly isDraft: boolean | undefined
  /** Content type: the last segment of the payload's `model`. */
  readonly type: string | undefined
  /** The `vdf:payload` element, verbatim, plus the namespace declarations that it inherited. */
  readonly payload: string | undefined
  /** The payload's fields with one value, by name. */
  readonly fields: ReadonlyMap<string, Field>
  /** The one author, if that is a person of the store. */
  readonly author: Author | undefined
  /** Everything that the other parts here do not say. */
  readonly kept: KeptMarkup
  /** URLs of the files that the payload links to. */
  readonly binaries: readonly string[]
  /** Sections that `metadata:publication` links to, home section first. */
  readonly sectionIds: readonly number[] | undefined
}

/** Limit of sections per item. */
const MAX_SECTIONS = 100

/** Reads the entry of a POST or PUT. Throws `bad-entry` or `bad-text`. */
export function readEntry(xml: string): EntryContent {
  const entry = parseEntry(xml)
  const title = child(entry, NS.atom, 'title')?.textContent ?? undefined
  const control = child(entry, NS.app, 'control')
  const content = child(entry, NS.atom, 'content')
  const payloadElement = content && child(content, NS.vdf, 'payload')
  const payload = payloadElement && readPayload(payloadElement)
  if (title !== undefined) assertXmlText(title, 'the title')
  return {
    title,
    state: control && readState(control),
    isDraft: control && readDraft(control),
    type: payload?.type,
    payload: payload?.markup,
    fields: payload?.fields ?? new Map(),
    author: readAuthor(entry),
    kept: readKept(entry),
    binaries: payloadElement === undefined ? [] : binariesIn(payloadElement),
    sectionIds: readSectionIds(entry),
  }
}

/** The root of an Atom entry. Throws `bad-entry` for any other document. */
export function parseEntry(xml: string): Element {
  const entry = parseXml(xml)
  if (isNamed(entry, NS.atom, 'entry')) return entry
  throw badEntry(`expected an entry in the namespace ${NS.atom}, got ${describeElement(entry)}`)
}

function readState(control: Element): ItemState | undefined {
  // The attribute repeats the current state; only the text requests another one. [protocol §2.5]
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

/** The section that a link leads to. */
export function sectionId(link: Element): number {
  const href = link.getAttribute('href') ?? ''
  const id = /\/section\/(\d{1,15})$/.exec(href)?.[1]
  if (id === undefined)
    throw badEntry(`a section link ends in /section/ and a number, not "${href}"`)
  return Number(id)
}

function describeElement(element: Element): string {
  return `${element.nodeName} in ${element.namespaceURI ?? 'no namespace'}`
}
