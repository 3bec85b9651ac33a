import type { Element } from '@xmldom/xmldom'

import type { KeptMarkup } from '../content/item/kept-markup.ts'
import { NS, REL } from './names.ts'
import { badEntry, child } from './parse-xml.ts'
import { parseEntry } from './read-entry.ts'
import type { EntryShape } from './read-kept.ts'
import { readKept } from './read-kept.ts'
import { readPayload } from './read-payload.ts'

const PERSON: EntryShape = {
  relations: new Set(['self', 'edit', REL.publication]),
  isItem: false,
}

/** The two fields of a person's name. */
const NAME_FIELDS = ['com.escenic.firstName', 'com.escenic.surName']

/** A client's entry of a person. */
export interface PersonEntry {
  readonly title: string | undefined
  /** The name in the fields of the payload. */
  readonly nameInFields: string | undefined
  /** The `vdf:payload`, verbatim but for inherited declarations. */
  readonly payload: string | undefined
  readonly kept: KeptMarkup
}

/** Reads the entry of a POST or PUT. Throws `bad-entry` or `bad-text`. */
export function readPerson(xml: string): PersonEntry {
  const entry = parseEntry(xml)
  const content = child(entry, NS.atom, 'content')
  const payloadElement = content && child(content, NS.vdf, 'payload')
  const payload = payloadElement && readPayload(payloadElement)
  const control = child(entry, NS.app, 'control')
  if (control !== undefined) assertNoState(control)
  const parts = NAME_FIELDS.map((name) => payload?.fields.get(name)?.text.trim())
  const title = child(entry, NS.atom, 'title')?.textContent?.trim()
  return {
    title: title || undefined,
    nameInFields: parts.filter((part) => part).join(' ') || undefined,
    payload: payload?.markup,
    kept: readKept(entry, PERSON),
  }
}

/** A copy of a person's entry says what is; anything else would be lost. */
function assertNoState(control: Element): void {
  const draft = child(control, NS.app, 'draft')?.textContent?.trim() ?? 'no'
  const state = child(control, NS.vaext, 'state')?.textContent?.trim() ?? ''
  if (draft !== 'no') throw badEntry('app:draft: a person is no draft; leave it out')
  if (state !== '')
    throw badEntry('vaext:state: a person has no states to choose from; leave it out')
}
