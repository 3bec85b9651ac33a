import type { Attr, Element, Node } from '@xmldom/xmldom'

import { NS } from './names.ts'

const XML_ELEMENT = 1
const XML_TEXT = 3
const XML_CDATA = 4
const XML_INSTRUCTION = 7
const XML_COMMENT = 8
const XMLNS = 'http://www.w3.org/2000/xmlns/'

/**
 * Marks the content of an element. No XML document can contain them, so they are never confused
 * with text.
 */
export const CONTENT_MARKS = ['\u0001', '\u0002'] as const

/**
 * One element as it was sent, with the namespace declarations that it inherited: it means the same
 * at any place where Atom is the default namespace. Prefixes in text and in attribute values keep
 * their meaning, too. `CONTENT_MARKS` surround the content of each `marked` element.
 */
export function elementMarkup(element: Element, marked: ReadonlySet<Node> = new Set()): string {
  const body = nodeMarkup(element, marked)
  const name = `<${element.tagName}`
  return name + inheritedDeclarations(element, body) + body.slice(name.length)
}

/**
 * One attribute with a space before it; with another prefix, which it declares unless that is done
 * already.
 */
export function attributeMarkup(
  { name, localName, namespaceURI, value }: Attr,
  renamed?: { readonly prefix: string; readonly isDeclared: boolean },
): string {
  if (renamed === undefined) return ` ${name}="${escapeValue(value)}"`
  const { prefix, isDeclared } = renamed
  const declared = isDeclared ? '' : ` xmlns:${prefix}="${escapeValue(namespaceURI ?? '')}"`
  return `${declared} ${prefix}:${localName ?? name}="${escapeValue(value)}"`
}

export function attributesOf(element: Element): readonly Attr[] {
  return Array.from(element.attributes)
}

/** Whether an attribute declares a namespace. */
export function isDeclaration({ namespaceURI }: Attr): boolean {
  return namespaceURI === XMLNS
}

/** Text between tags. */
export function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\r', '&#13;')
}

function nodeMarkup(node: Node, marked: ReadonlySet<Node>): string {
  switch (node.nodeType) {
    case XML_ELEMENT:
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the node type says so.
      return wholeElement(node as Element, marked)
    case XML_TEXT:
      return escapeText(node.nodeValue ?? '')
    case XML_CDATA:
      return `<![CDATA[${node.nodeValue ?? ''}]]>`
    case XML_COMMENT:
      return `<!--${node.nodeValue ?? ''}-->`
    case XML_INSTRUCTION:
      return `<?${node.nodeName} ${node.nodeValue ?? ''}?>`
    default:
      return ''
  }
}

function wholeElement(element: Element, marked: ReadonlySet<Node>): string {
  let attributes = ''
  for (const { name, value } of attributesOf(element))
    attributes += ` ${name}="${escapeValue(value)}"`
  const inner = contentMarkup(element, marked)
  const content = marked.has(element) ? CONTENT_MARKS.join(inner) : inner
  const { tagName } = element
  return content === ''
    ? `<${tagName}${attributes}/>`
    : `<${tagName}${attributes}>${content}</${tagName}>`
}

function contentMarkup(element: Element, marked: ReadonlySet<Node>): string {
  let content = ''
  for (let node = element.firstChild; node !== null; node = node.nextSibling)
    content += nodeMarkup(node, marked)
  return content
}

function inheritedDeclarations(element: Element, body: string): string {
  const inScope = new Map<string, string>()
  for (let node: Node | null = element; isElement(node); node = node.parentNode) {
    for (const attribute of attributesOf(node).filter(isDeclaration)) {
      const prefix = attribute.prefix === 'xmlns' ? (attribute.localName ?? '') : ''
      const isOwn = node === element
      if (!inScope.has(prefix)) inScope.set(prefix, isOwn ? '' : declaration(prefix, attribute))
    }
  }
  // Without a default namespace of its own, a document has names in no namespace.
  if (!inScope.has('')) inScope.set('', ' xmlns=""')
  return Array.from(inScope, ([prefix, text]) => {
    return prefix === '' || body.includes(`${prefix}:`) ? text : ''
  }).join('')
}

function declaration(prefix: string, { value }: Attr): string {
  if (prefix === '') return value === NS.atom ? '' : ` xmlns="${escapeValue(value)}"`
  return ` xmlns:${prefix}="${escapeValue(value)}"`
}

function isElement(node: Node | null): node is Element {
  return node?.nodeType === XML_ELEMENT
}

/**
 * Text of an attribute. White space as references: a parser makes a space of everything else. [xml
 * §3.3.3]
 */
export function escapeValue(value: string): string {
  return escapeText(value)
    .replaceAll('"', '&quot;')
    .replaceAll('\t', '&#9;')
    .replaceAll('\n', '&#10;')
}
