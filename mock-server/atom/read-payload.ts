import type { Element } from '@xmldom/xmldom'

import type { Field } from '../content/item/field.ts'
import { assertXmlText } from '../content/xml-text.ts'
import { NS } from './names.ts'
import { children } from './parse-xml.ts'
import { CONTENT_MARKS, elementMarkup } from './write-markup.ts'

export interface Payload {
  /** The `vdf:payload` element, verbatim but for namespace declarations that it inherited. */
  readonly markup: string
  /** The last segment of its `model`: the content type. */
  readonly type: string | undefined
  /** Fields with one value, by name. */
  readonly fields: ReadonlyMap<string, Field>
}

/** Reads a `vdf:payload`. Throws `bad-text`. */
export function readPayload(payload: Element): Payload {
  const values = new Map<string, Element>()
  for (const field of children(payload, NS.vdf, 'field')) {
    const [value, ...more] = children(field, NS.vdf, 'value')
    const name = field.getAttribute('name') ?? ''
    if (value !== undefined && more.length === 0 && !values.has(name)) values.set(name, value)
  }
  // A top-level field holds no other, so the marks come in pairs and in document order.
  const [start, end] = CONTENT_MARKS
  const parts = elementMarkup(payload, new Set(values.values())).split(start)
  let markup = parts[0] ?? ''
  const ranges = parts.slice(1).map((part) => {
    const [value = '', rest = ''] = part.split(end)
    const from = markup.length
    markup += value + rest
    return { start: from, end: from + value.length }
  })
  assertXmlText(markup, 'the payload')
  const fields = [...values].map(([name, value], index) => {
    const { start: from, end: to } = ranges[index] ?? { start: 0, end: 0 }
    return [name, { text: value.textContent ?? '', start: from, end: to }] as const
  })
  const type = payload
    .getAttribute('model')
    ?.split('/')
    .findLast((segment) => segment !== '')
  return { markup, type, fields: new Map(fields) }
}
