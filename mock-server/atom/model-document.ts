import type { ModelField } from '../content/site/model.ts'
import { NS } from './names.ts'
import type { XmlObject } from './write-xml.ts'
import { writeXml } from './write-xml.ts'

/** `xsdtype` and `mediatype` of the values of a field. */
const TYPES: Readonly<
  Record<Exclude<ModelField['kind'], 'list'>, readonly [xsd: string, media: string]>
> = {
  text: ['string', 'text/plain'],
  xhtml: ['string', 'application/xhtml+xml'],
  boolean: ['boolean', 'text/plain'],
  integer: ['integer', 'text/plain'],
  link: ['link', 'application/octet-stream'],
}

/** The model of a content type: which fields a payload has, and what their values are. */
export function writeModel(fields: readonly ModelField[]): string {
  return writeXml('vdf:model', { '@xmlns:vdf': NS.vdf, 'vdf:schema': schema(fields.map(field)) })
}

function schema(fields: readonly XmlObject[]): XmlObject {
  return { 'vdf:fielddef': fields }
}

function field({ name, label, kind }: ModelField): XmlObject {
  const named = { '@name': name, '@label': label }
  // Each value of a list is a field of the same name.
  if (kind === 'list')
    return {
      ...named,
      'vdf:listdef': { 'vdf:schema': schema([field({ name, label, kind: 'text' })]) },
    }
  const [xsdtype, mediatype] = TYPES[kind]
  return { ...named, '@xsdtype': xsdtype, '@mediatype': mediatype }
}
