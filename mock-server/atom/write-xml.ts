import XmlBuilder from 'fast-xml-builder'

import { escapeText, escapeValue } from './write-markup.ts'

/**
 * An element's attributes (`@name`), text (`#`) and children, in order. An array repeats the
 * element; undefined is left out.
 */
export interface XmlObject {
  readonly [name: string]: XmlNode | readonly XmlNode[] | undefined
}

type XmlNode = string | number | XmlObject

const builder = new XmlBuilder({
  attributeNamePrefix: '@',
  textNodeName: '#',
  ignoreAttributes: false,
  suppressBooleanAttributes: false,
  suppressEmptyNode: true,
  format: true,
  // The builder's own escaping leaves line breaks in attributes, which parsers turn into spaces.
  processEntities: false,
  tagValueProcessor: (_name, value) => escapeText(String(value)),
  attributeValueProcessor: (_name, value) => escapeValue(String(value)),
})

/** A whole document, indented, in UTF-8. */
export function writeXml(rootName: string, root: XmlObject): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${builder.build({ [rootName]: root })}`
}

/** One element, indented as a child of a document's root. */
export function writeChild(name: string, child: XmlObject): string {
  const document = builder.build({ root: { [name]: child } })
  return document.slice('<root>\n'.length, -'</root>\n'.length)
}

/** Appends the output of `writeChild` to a document's root. */
export function appendChildren(document: string, children: readonly string[]): string {
  const end = document.lastIndexOf('</')
  return document.slice(0, end) + children.join('') + document.slice(end)
}
