import type { Field } from '../content/item/field.ts'
import type { FieldValue, FieldValues } from '../content/item/field-value.ts'
import { serviceUrls } from '../service-urls.ts'
import { NS } from './names.ts'
import { escapeText, escapeValue } from './write-markup.ts'

const VALUE_START = '<vdf:value>'
const START = `<vdf:payload xmlns:vdf="${NS.vdf}" model="`

/** Of which type a payload is, and in which publication. */
export interface PayloadModel {
  readonly publication: string
  readonly type: string
}

export interface WrittenPayload {
  readonly markup: string
  /** The fields whose value is one text. */
  readonly texts: ReadonlyMap<string, Field>
}

/**
 * A `vdf:payload` with these fields. Its model is a path, because the store is reached under
 * several base URLs: `withBaseUrl` completes it.
 */
export function writePayload(
  { publication, type }: PayloadModel,
  fields: FieldValues,
): WrittenPayload {
  const model = escapeValue(serviceUrls('').contentTypeModel(publication, type))
  const texts = new Map<string, Field>()
  let markup = `${START}${model}">`
  for (const [name, value] of Object.entries(fields)) {
    markup += `<vdf:field name="${escapeValue(name)}">`
    if (typeof value === 'string') {
      const start = markup.length + VALUE_START.length
      texts.set(name, { text: value, start, end: start + escapeText(value).length })
    }
    markup += `${valueMarkup(value)}</vdf:field>`
  }
  return { markup: `${markup}</vdf:payload>`, texts }
}

/** The payload as a client gets it. Only a model that is a path differs. */
export function withBaseUrl(payload: string, baseUrl: string): string {
  if (!payload.startsWith(`${START}/`)) return payload
  return START + escapeValue(baseUrl) + payload.slice(START.length)
}

function valueMarkup(value: FieldValue): string {
  if (typeof value === 'string') return textValue(value)
  if ('xhtml' in value)
    return `<vdf:value><div xmlns="http://www.w3.org/1999/xhtml">${value.xhtml}</div></vdf:value>`
  return `<vdf:list>${value.map(textValue).join('')}</vdf:list>`
}

function textValue(text: string): string {
  return `${VALUE_START}${escapeText(text)}</vdf:value>`
}
