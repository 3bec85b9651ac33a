import type { Field } from '../content/item/field.ts'
import type { FieldValues } from '../content/item/field-value.ts'
import { binariesIn } from './binary-links.ts'
import { NS } from './names.ts'
import { badEntry, elements, isNamed, parseXml } from './parse-xml.ts'
import { readPayload } from './read-payload.ts'
import type { PayloadModel } from './write-payload.ts'
import { writePayload } from './write-payload.ts'

/** The content of an item outside of an entry: as fields, or as one element. */
export interface GivenContent {
  readonly fields?: FieldValues | undefined
  /** A `vdf:payload` element. */
  readonly payload?: string | undefined
}

export interface GivenPayload {
  /** The element, with all namespaces that it uses. */
  readonly payload: string
  /** The last segment of its model. */
  readonly type: string | undefined
  readonly titleField: Field | undefined
  /** URLs of the files that it links to. */
  readonly binaries: readonly string[]
}

/**
 * Reads content as that of a client's entry. Undefined for none. Throws `bad-entry` for markup that
 * is not well-formed or no payload, and for both forms at once, and `bad-text`.
 */
export function readGivenPayload(
  { fields, payload }: GivenContent,
  model: PayloadModel,
  titleFieldName: string,
): GivenPayload | undefined {
  if (fields !== undefined && payload !== undefined)
    throw badEntry('give fields or a payload, not both')
  const given = fields === undefined ? payload : writePayload(model, fields).markup
  if (given === undefined) return undefined
  // As in an entry, names without a prefix are of Atom.
  const [element, ...more] = elements(parseXml(`<content xmlns="${NS.atom}">${given}</content>`))
  if (element === undefined || more.length > 0 || !isNamed(element, NS.vdf, 'payload'))
    throw badEntry(`payload: expected one element payload in the namespace ${NS.vdf}`)
  const { markup, type, fields: read } = readPayload(element)
  const titleField = read.get(titleFieldName)
  return {
    payload: markup,
    type,
    titleField: titleField?.text === '' ? undefined : titleField,
    binaries: binariesIn(element),
  }
}
