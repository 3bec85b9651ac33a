import type { Element } from '@xmldom/xmldom'

import { MockServerError } from '../errors.ts'
import { xmlDomLibrary } from '../late-libraries.ts'
import { assertXmlLimits, OPAQUE_SPANS } from './xml-limits.ts'

const REFERENCE = /&(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[\da-fA-F]{1,6});/y

const REPLACEMENT_CHARACTER_WARNING = 'Unicode replacement character detected'

/**
 * The root element of a foreign document. Throws `bad-entry` for one that is not well-formed or
 * that exceeds the limits of `xml-limits.ts`.
 */
export function parseXml(xml: string): Element {
  assertXmlLimits(xml)
  assertReferences(xml)
  const { DOMParser } = xmlDomLibrary()
  const document = (() => {
    try {
      return new DOMParser({ onError: refuse, normalizeLineEndings }).parseFromString(
        xml,
        'text/xml',
      )
    } catch (error) {
      throw badEntry(`it is not well-formed XML: ${reason(error)}`, { cause: error })
    }
  })()
  if (document.documentElement === null) throw badEntry('the document is empty')
  return document.documentElement
}

/**
 * Refuses a bare ampersand, which the parser accepts. Runs in linear time, even when spans are
 * nested or left open.
 */
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
      if (end === -1) return // Not closed: the parser reports it.
      mark.lastIndex = end + spanEnd.length
    }
  }
}

/**
 * Only these end a line in XML 1.0; the parser's own rule, of XML 1.1, changes U+0085 and U+2028.
 * [xml §2.11]
 */
function normalizeLineEndings(xml: string): string {
  return xml.replaceAll('\r\n', '\n').replaceAll('\r', '\n')
}

/**
 * Refuses whatever the parser reports, but not U+FFFD, which is a character like any other. [xml
 * §2.2]
 */
function refuse(level: string, message: string): void {
  if (!message.startsWith(REPLACEMENT_CHARACTER_WARNING)) throw new Error(`${level}: ${message}`)
}

function reason(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return cause instanceof Error ? cause.message : String(cause)
}

/** The first child element with this name. */
export function child(parent: Element, namespace: string, name: string): Element | undefined {
  return children(parent, namespace, name)[0]
}

/** The child elements with this name, in document order. */
export function children(parent: Element, namespace: string, name: string): readonly Element[] {
  return elements(parent).filter((element) => isNamed(element, namespace, name))
}

/** All child elements, in document order. */
export function elements(parent: Element): readonly Element[] {
  const found: Element[] = []
  for (let node = parent.firstChild; node !== null; node = node.nextSibling) {
    if (isElement(node)) found.push(node)
  }
  return found
}

export function isNamed(element: Element, namespace: string, name: string): boolean {
  return element.namespaceURI === namespace && element.localName === name
}

function isElement(node: { readonly nodeType: number }): node is Element {
  return node.nodeType === 1
}

export function badEntry(message: string, options?: ErrorOptions): MockServerError {
  return new MockServerError('bad-entry', message, options)
}
