import type { Element } from '@xmldom/xmldom'

import { assertLength } from '../content/limits.ts'
import { assertXmlText } from '../content/xml-text.ts'
import { NS } from './names.ts'
import { badEntry, children, elements, isNamed } from './parse-xml.ts'
import { assertAttributes, assertNoText } from './read-kept.ts'
import { elementMarkup } from './write-markup.ts'

/** The fields of a payload whose values the store knows, and the markup of all others. */
export interface FieldSet {
  /** Empty when a field is present without a value. */
  readonly values: ReadonlyMap<string, string>
  readonly others: string
}

/**
 * Reads the fields of a `vdf:payload`. Throws `bad-entry` for a known field that is given twice or
 * that is more than one plain text, because the rest would be lost, and `bad-text`.
 */
export function readFieldSet(payload: Element, known: readonly string[]): FieldSet {
  assertAttributes(payload, 'model')
  assertNoText(payload)
  const values = new Map<string, string>()
  let others = ''
  for (const element of elements(payload)) {
    const name = element.getAttribute('name') ?? ''
    if (!isNamed(element, NS.vdf, 'field') || !known.includes(name)) {
      others += elementMarkup(element)
      // As in the entry: each element repeats the declarations that it inherits.
      assertLength('keptLength', others.length)
      continue
    }
    if (values.has(name)) throw badEntry(`${name}: expected one field, got two`)
    values.set(name, plainValue(name, element))
  }
  assertXmlText(others, 'the payload')
  return { values, others }
}

function plainValue(name: string, field: Element): string {
  assertAttributes(field, 'name')
  assertNoText(field)
  const [value, ...more] = children(field, NS.vdf, 'value')
  if (more.length > 0 || elements(field).length > (value === undefined ? 0 : 1))
    throw badEntry(`${name}: expected one vdf:value and nothing else`)
  if (value === undefined) return ''
  assertAttributes(value, '')
  if (elements(value).length > 0) throw badEntry(`${name}: expected plain text, got elements`)
  return value.textContent ?? ''
}
