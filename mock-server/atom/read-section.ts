import type { NewSection } from '../content/site/section.ts'
import { readFieldSet } from './field-set.ts'
import { NS, REL } from './names.ts'
import { badEntry, child, children } from './parse-xml.ts'
import { parseEntry, sectionId } from './read-entry.ts'
import type { EntryShape } from './read-kept.ts'
import { assertPlain, readKept } from './read-kept.ts'

/** The fields of a section's payload that the store knows. */
export const SECTION_FIELDS = {
  name: 'com.escenic.sectionName',
  uniqueName: 'com.escenic.uniqueName',
  directoryName: 'com.escenic.directoryName',
  inheritsAccess: 'com.escenic.inheritAccess',
} as const

/** The last segment of the model of a section's payload. */
export const SECTION_MODEL = 'com.escenic.section'

const SECTION: EntryShape = {
  relations: new Set([
    'self',
    'edit',
    'down',
    REL.parent,
    REL.publication,
    REL.contentItems,
    REL.lists,
    REL.inboxes,
    REL.changelog,
  ]),
  isItem: false,
  category: NS.vdf,
}

/** A client's entry of a section; missing parts are undefined, as is an empty name. */
export type SectionEntry = NewSection & { readonly title: string | undefined }

/**
 * Reads the entry of a POST or PUT. Throws `bad-entry` or `bad-text`, with the name of the part.
 */
export function readSection(xml: string): SectionEntry {
  const entry = parseEntry(xml)
  const content = child(entry, NS.atom, 'content')
  const payload = content && child(content, NS.vdf, 'payload')
  if (payload === undefined)
    throw badEntry('content: a section has its names in a vdf:payload; send one')
  const model = payload.getAttribute('model') ?? ''
  if (!model.endsWith(`/${SECTION_MODEL}`))
    throw badEntry(`model: the model of a section ends in /${SECTION_MODEL}, not "${model}"`)
  if (child(entry, NS.app, 'control') !== undefined)
    throw badEntry('app:control: a section has no state; leave it out')
  const { values, others } = readFieldSet(payload, Object.values(SECTION_FIELDS))
  const parents = children(entry, NS.atom, 'link').filter(
    (link) => link.getAttribute('rel') === REL.parent,
  )
  if (parents.length > 1) throw badEntry(`parent: expected one link, got ${parents.length}`)
  const [parent] = parents
  if (parent !== undefined) assertPlain(parent, 'rel href type title')
  const kept = readKept(entry, SECTION)
  if (kept.title !== '')
    throw badEntry('title: the name of a section is plain text; leave out attributes and elements')
  return {
    title: child(entry, NS.atom, 'title')?.textContent || undefined,
    parentId: parent && sectionId(parent),
    name: values.get(SECTION_FIELDS.name) || undefined,
    uniqueName: values.get(SECTION_FIELDS.uniqueName) || undefined,
    directoryName: values.get(SECTION_FIELDS.directoryName),
    inheritsAccess: readBoolean(values.get(SECTION_FIELDS.inheritsAccess)),
    otherFields: others,
    kept,
  }
}

function readBoolean(text: string | undefined): boolean | undefined {
  if (text === undefined || text === '') return undefined
  if (text === 'true' || text === 'false') return text === 'true'
  throw badEntry(`${SECTION_FIELDS.inheritsAccess}: expected true or false, got "${text}"`)
}
