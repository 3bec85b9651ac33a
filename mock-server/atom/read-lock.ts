import type { Element } from '@xmldom/xmldom'

import { assertXmlText } from '../content/xml-text.ts'
import { NS } from './names.ts'
import { badEntry, child, children, elements } from './parse-xml.ts'
import { parseEntry } from './read-entry.ts'
import type { EntryShape } from './read-kept.ts'
import { assertAttributes, assertNothingElse } from './read-kept.ts'

const LOCK: EntryShape = { relations: new Set(['self']), isItem: false }

/** What a client says of the lock that it wants. */
export interface LockRequest {
  /** Undefined: the store's own title. */
  readonly title: string | undefined
  readonly summary: string
  /** The field to lock; null: the whole item. */
  readonly fragment: string | null
}

/**
 * Reads a lock request. Throws `bad-entry`, with the name of the part, for everything that a lock
 * does not have.
 */
export function readLockRequest(xml: string): LockRequest {
  const entry = parseEntry(xml)
  assertNothingElse(entry, LOCK, [
    [NS.atom, 'title'],
    [NS.atom, 'summary'],
    [NS.metadata, 'fragment'],
  ])
  return {
    title: plainText(entry, NS.atom, 'title') || undefined,
    summary: plainText(entry, NS.atom, 'summary'),
    fragment: plainText(entry, NS.metadata, 'fragment').trim() || null,
  }
}

/** Empty for an element that is not there. */
function plainText(entry: Element, namespace: string, name: string): string {
  const found = children(entry, namespace, name)
  if (found.length > 1) throw badEntry(`${name}: expected one, got ${found.length}`)
  const element = child(entry, namespace, name)
  if (element === undefined) return ''
  assertAttributes(element, 'type')
  const type = element.getAttribute('type') ?? 'text'
  if (type !== 'text' || elements(element).length > 0)
    throw badEntry(`${name}: a lock shows plain text; leave out markup and other types`)
  const text = element.textContent ?? ''
  assertXmlText(text, name)
  return text
}
