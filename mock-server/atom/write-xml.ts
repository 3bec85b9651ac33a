import { xmlBuilderLibrary } from '../late-libraries.ts'

/**
 * An element's attributes (`@name`), text (`#`) and children, in order. An array repeats the
 * element; undefined is left out.
 */
export interface XmlObject {
  readonly [name: string]: XmlNode | readonly XmlNode[] | undefined
}

type XmlNode = string | number | XmlObject

/** A whole document, indented, in UTF-8. */
export function writeXml(rootName: string, root: XmlObject): string {
  const { create } = xmlBuilderLibrary()
  const document = create({ version: '1.0', encoding: 'UTF-8' }, { [rootName]: literal(root) })
  return `${document.end({ prettyPrint: true })}\n`
}

/** One element, indented as a child of a document's root. */
export function writeChild(name: string, child: XmlObject): string {
  const { fragment } = xmlBuilderLibrary()
  return `${fragment({ [name]: literal(child) }).end({ prettyPrint: true, offset: 1 })}\n`
}

/** Appends the output of `writeChild` to a document's root. */
export function appendChildren(document: string, children: readonly string[]): string {
  const end = document.lastIndexOf('</')
  return document.slice(0, end) + children.join('') + document.slice(end)
}

/**
 * The builder expands references in its input, and its writer keeps those that it finds. Our text
 * never has references: a title `&nbsp;` must become `&amp;nbsp;`, so each ampersand is escaped to
 * pass both unchanged.
 */
function literal(node: XmlNode): XmlNode {
  if (typeof node === 'string') return node.replaceAll('&', '&amp;amp;')
  if (typeof node === 'number') return node
  const entries = Object.entries(node).map(([name, value]) => [name, value && literalValue(value)])
  return Object.fromEntries(entries)
}

function literalValue(value: XmlNode | readonly XmlNode[]): XmlNode | readonly XmlNode[] {
  return isList(value) ? value.map(literal) : literal(value)
}

function isList(value: XmlNode | readonly XmlNode[]): value is readonly XmlNode[] {
  return Array.isArray(value)
}
