import type { SaxesTagNS } from 'saxes'
import { SaxesParser } from 'saxes'

/** An entry by what it means: prefixes, quotes and the order of attributes do not matter. */
export interface CanonicalEntry {
  /** Attributes of the entry: `{namespace}name="value"`, sorted. */
  readonly attributes: readonly string[]
  /** Its child elements in document order, and under the name of each what it holds. */
  readonly children: readonly { readonly name: string; readonly text: string }[]
}

const XMLNS = 'http://www.w3.org/2000/xmlns/'

/** Reads with a parser other than the store's. Throws when the document is not well-formed. */
export function canonicalEntry(xml: string): CanonicalEntry {
  const parser = new SaxesParser({ xmlns: true })
  let attributes: readonly string[] = []
  const children: { name: string; text: string }[] = []
  const open: string[] = []
  const add = (text: string) => {
    const last = children.at(-1)
    if (open.length > 1 && last !== undefined) last.text += text
  }
  parser.on('error', (error) => {
    throw error
  })
  parser.on('opentag', (tag) => {
    const name = `{${tag.uri}}${tag.local}`
    if (open.length === 0) attributes = attributesOf(tag)
    if (open.length === 1) children.push({ name, text: '' })
    open.push(name)
    add(`<${[name, ...attributesOf(tag)].join(' ')}>`)
  })
  parser.on('closetag', () => {
    add(`</${open.at(-1)}>`)
    open.pop()
  })
  parser.on('text', (text) => add(JSON.stringify(text).slice(1, -1)))
  parser.on('cdata', (text) => add(JSON.stringify(text).slice(1, -1)))
  parser.write(xml).close()
  return { attributes, children }
}

function attributesOf({ attributes }: SaxesTagNS): readonly string[] {
  return Object.values(attributes)
    .filter(({ uri }) => uri !== XMLNS)
    .map(({ uri, local, value }) => `{${uri}}${local}=${JSON.stringify(value)}`)
    .toSorted()
}
