import type { Attr, Element } from '@xmldom/xmldom'

import type { Author } from '../content/item/item.ts'
import type { KeptMarkup } from '../content/item/kept-markup.ts'
import { keptLength, NOTHING_KEPT } from '../content/item/kept-markup.ts'
import { assertLength } from '../content/limits.ts'
import { assertXmlText } from '../content/xml-text.ts'
import { ENTRY_PREFIXES, MEDIA, NS, REL } from './names.ts'
import { badEntry, child, children, elements, isNamed } from './parse-xml.ts'
import { attributeMarkup, attributesOf, elementMarkup, isDeclaration } from './write-markup.ts'

/**
 * Elements that the store makes itself, whatever a client sends, and the attributes that they may
 * have.
 */
const OWN_ELEMENTS: readonly (readonly [namespace: string, name: string, attributes: string])[] = [
  [NS.atom, 'id', ''],
  [NS.atom, 'updated', ''],
  [NS.atom, 'published', ''],
  [NS.app, 'edited', ''],
  [NS.dcterms, 'created', ''],
  [NS.dcterms, 'identifier', ''],
]
const CONTROL_ELEMENTS = [
  [NS.app, 'draft', ''],
  [NS.vaext, 'state', 'name href'],
] as const

/** What differs between the entries of items, sections and persons. */
export interface EntryShape {
  /** Relations of the links that the store makes itself. */
  readonly relations: ReadonlySet<string>
  /** Whether the store makes the author, the reference and the section links itself. */
  readonly isItem: boolean
  /** Scheme of the category that the store makes itself. */
  readonly category?: string | undefined
}

const ITEM: EntryShape = {
  relations: new Set(['self', 'edit', REL.homeSection, REL.publication, REL.lock, REL.log]),
  isItem: true,
}
const LINK_ATTRIBUTES = 'rel href type title hreflang length'
/** [atom §4.1.2], and the containers of the web service: the second one would be lost. */
const AT_MOST_ONCE: readonly (readonly [namespace: string, name: string])[] = [
  ...['title', 'content', 'summary', 'rights', 'source'].map((name) => [NS.atom, name] as const),
  ...OWN_ELEMENTS.map(([namespace, name]) => [namespace, name] as const),
  [NS.app, 'control'],
  [NS.metadata, 'publication'],
  [NS.metadata, 'reference'],
]

/**
 * What an entry has beside the parts that the store interprets. Throws `bad-entry`, with the name
 * of the part, for what the store can neither interpret nor keep, and `bad-text`.
 */
export function readKept(entry: Element, kind: EntryShape = ITEM): KeptMarkup {
  for (const [namespace, name] of AT_MOST_ONCE) {
    const count = children(entry, namespace, name).length
    if (count > 1) throw badEntry(`${name}: expected one, got ${count}`)
  }
  assertNoText(entry)
  const control = child(entry, NS.app, 'control')
  const publication = child(entry, NS.metadata, 'publication')
  const isOwnAuthor = kind.isItem && readAuthor(entry) !== undefined
  const kept = {
    attributes: keptAttributes(entry),
    title: keptTitle(child(entry, NS.atom, 'title')),
    author: isOwnAuthor ? '' : markup(children(entry, NS.atom, 'author')),
    reference: markup(
      children(entry, NS.metadata, 'reference').filter((it) => !kind.isItem || !isOwnReference(it)),
    ),
    content: keptContent(child(entry, NS.atom, 'content')),
    control: control === undefined ? '' : keptControl(control),
    publication: publication === undefined ? '' : keptPublication(publication, kind),
    others: markup(elements(entry).filter((element) => !isKnown(element, kind))),
  }
  for (const part of Object.values(kept)) assertXmlText(part, 'the entry')
  return keptLength(kept) === 0 ? NOTHING_KEPT : kept
}

/**
 * For an entry of which the store keeps nothing. Throws `bad-entry`, with the name of the part,
 * unless it has only what the store makes itself and the `parts`.
 */
export function assertNothingElse(
  entry: Element,
  kind: EntryShape,
  parts: readonly (readonly [namespace: string, name: string])[],
): void {
  assertNoText(entry)
  assertAttributes(entry, '')
  for (const element of elements(entry)) {
    const isPart = parts.some(([namespace, name]) => isNamed(element, namespace, name))
    const isOwn = !isPartOfItem(element) && isKnown(element, kind)
    if (!isPart && !isOwn) throw badEntry(`${element.tagName} cannot be kept; leave it out`)
  }
}

/** The author whom an entry names in the form that the store writes: a person by name and URI. */
export function readAuthor(entry: Element): Author | undefined {
  const [author, ...more] = children(entry, NS.atom, 'author')
  if (author === undefined || more.length > 0) return undefined
  const [name, uri, ...others] = elements(author)
  if (name === undefined || uri === undefined || others.length > 0) return undefined
  const isPlain = [author, name, uri].every((element) => {
    return attributesOf(element).every(isDeclaration)
  })
  if (!isPlain || !isNamed(name, NS.atom, 'name') || !isNamed(uri, NS.atom, 'uri')) return undefined
  const personId = /\/webservice\/escenic\/person\/(\d{1,15})$/.exec(uri.textContent ?? '')?.[1]
  if (personId === undefined || elements(name).length + elements(uri).length > 0) return undefined
  return { personId: Number(personId), name: name.textContent ?? '' }
}

/** The store makes this reference for each item that was not imported. */
function isOwnReference(reference: Element): boolean {
  if (reference.getAttribute('source') !== 'ece-auto-gen') return false
  assertPlain(reference, 'source sourceid')
  return true
}

/**
 * Each element repeats the declarations that it inherits, so that small elements can become long
 * ones.
 */
function markup(kept: readonly Element[]): string {
  let text = ''
  for (const element of kept) {
    text += elementMarkup(element)
    assertLength('keptLength', text.length)
  }
  return text
}

function isKnown(element: Element, kind: EntryShape): boolean {
  for (const [namespace, name, attributes] of OWN_ELEMENTS) {
    if (!isNamed(element, namespace, name)) continue
    assertPlain(element, attributes)
    return true
  }
  if (isNamed(element, NS.atom, 'link')) return isOwnLink(element, kind)
  if (isOwnCategory(element, kind)) {
    assertPlain(element, 'term scheme')
    return true
  }
  return isPartOfItem(element)
}

function isPartOfItem(element: Element): boolean {
  return PARTS.some(([namespace, name]) => isNamed(element, namespace, name))
}

/** Parts of an entry that have a place of their own. */
const PARTS = [
  [NS.atom, 'title'],
  [NS.atom, 'author'],
  [NS.atom, 'content'],
  [NS.app, 'control'],
  [NS.metadata, 'publication'],
  [NS.metadata, 'reference'],
] as const

function isOwnCategory(element: Element, { category }: EntryShape): boolean {
  if (category === undefined || !isNamed(element, NS.atom, 'category')) return false
  return element.getAttribute('scheme') === category
}

function isOwnLink(link: Element, { relations }: EntryShape): boolean {
  // Without a relation, a link is an alternate one. [atom §4.2.7.2]
  const rel = link.getAttribute('rel') ?? 'alternate'
  // The store has one alternate page: of HTML, in no particular language.
  const isPage =
    rel === 'alternate' &&
    !link.hasAttribute('hreflang') &&
    (link.getAttribute('type') ?? 'text/html') === 'text/html'
  if (!isPage && !relations.has(rel)) return false
  assertPlain(link, LINK_ATTRIBUTES)
  return true
}

function keptAttributes(entry: Element): string {
  const prefixes = new Map<string, string>(ENTRY_PREFIXES.map((prefix) => [NS[prefix], prefix]))
  return attributesOf(entry)
    .filter((attribute) => !isDeclaration(attribute))
    .map((attribute, index) => {
      const namespace = attribute.namespaceURI ?? ''
      if (namespace === '' || attribute.prefix === 'xml') return attributeMarkup(attribute)
      const known = prefixes.get(namespace)
      const prefix = known ?? `kept${index}`
      prefixes.set(namespace, prefix)
      return attributeMarkup(attribute, { prefix, isDeclared: known !== undefined })
    })
    .join('')
}

function keptTitle(title: Element | undefined): string {
  if (title === undefined) return ''
  const isPlain = attributesOf(title).every(
    ({ name, value }) => name === 'type' && value === 'text',
  )
  return isPlain && elements(title).length === 0 ? '' : elementMarkup(title)
}

function keptContent(content: Element | undefined): string {
  if (content === undefined) return ''
  if (child(content, NS.vdf, 'payload') === undefined) return elementMarkup(content)
  if (elements(content).length > 1) throw badEntry('content: expected the payload and nothing else')
  assertNoText(content)
  const type = content.getAttribute('type')
  if (type !== null && type !== MEDIA.payload)
    throw badEntry(`content: the type of a payload is ${MEDIA.payload}, not "${type}"`)
  assertAttributes(content, 'type')
  return ''
}

function keptControl(control: Element): string {
  assertAttributes(control, '')
  assertNoText(control)
  const unknown = elements(control).filter((element) => {
    const known = CONTROL_ELEMENTS.find(([namespace, name]) => isNamed(element, namespace, name))
    if (known !== undefined) assertPlain(element, known[2])
    return known === undefined
  })
  for (const [namespace, name] of CONTROL_ELEMENTS) {
    const count = children(control, namespace, name).length
    if (count > 1) throw badEntry(`${name}: expected one, got ${count}`)
  }
  return markup(unknown)
}

function keptPublication(publication: Element, { isItem }: EntryShape): string {
  assertAttributes(publication, 'href title')
  assertNoText(publication)
  return markup(
    elements(publication).filter((element) => {
      const rel = element.getAttribute('rel')
      const isSectionLink =
        isItem &&
        isNamed(element, NS.atom, 'link') &&
        (rel === REL.homeSection || rel === REL.section)
      if (isSectionLink) assertPlain(element, LINK_ATTRIBUTES)
      return !isSectionLink
    }),
  )
}

export function assertPlain(element: Element, allowed: string): void {
  const [inner] = elements(element)
  if (inner !== undefined)
    throw badEntry(`${element.tagName} holds ${inner.tagName}, which cannot be kept; leave it out`)
  assertAttributes(element, allowed)
}

export function assertAttributes(element: Element, allowed: string): void {
  const names = new Set(allowed.split(' '))
  const foreign = attributesOf(element).find((attribute: Attr) => {
    return !isDeclaration(attribute) && !names.has(attribute.name)
  })
  if (foreign === undefined) return
  throw badEntry(`the attribute ${foreign.name} of ${element.tagName} cannot be kept; leave it out`)
}

export function assertNoText(parent: Element): void {
  for (let node = parent.firstChild; node !== null; node = node.nextSibling) {
    const isText = node.nodeType === 3 || node.nodeType === 4
    if (isText && (node.nodeValue ?? '').trim() !== '')
      throw badEntry(`${parent.tagName} has text between its elements, which cannot be kept`)
  }
}
