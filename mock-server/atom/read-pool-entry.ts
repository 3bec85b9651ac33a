import { readFieldSet } from './field-set.ts'
import { NS } from './names.ts'
import { badEntry, child } from './parse-xml.ts'
import { parseEntry } from './read-entry.ts'
import type { EntryShape } from './read-kept.ts'
import { assertNothingElse } from './read-kept.ts'

export const POOL_ENTRY_FIELDS = {
  priority: 'com.escenic.priority',
  pinned: 'com.escenic.pinned',
} as const

/** The last segment of the model of an entry's payload. */
export const POOL_ENTRY_MODEL = 'com.escenic.poolentry'

const POOL_ENTRY: EntryShape = {
  relations: new Set(['self', 'edit', 'about', 'collection']),
  isItem: false,
}

/** Where an entry of a list is to be. */
export interface PoolEntry {
  /** From 1; undefined: where it is. */
  readonly priority: number | undefined
  readonly isPinned: boolean | undefined
}

/**
 * Reads the entry of a handle. Throws `bad-entry`, with the name of the part, for everything that
 * it cannot change.
 */
export function readPoolEntry(xml: string): PoolEntry {
  const entry = parseEntry(xml)
  assertNothingElse(entry, POOL_ENTRY, [
    [NS.atom, 'title'],
    [NS.atom, 'content'],
  ])
  const content = child(entry, NS.atom, 'content')
  const payload = content && child(content, NS.vdf, 'payload')
  if (payload === undefined)
    throw badEntry('content: the position of an entry is in a vdf:payload; send one')
  const { values, others } = readFieldSet(payload, Object.values(POOL_ENTRY_FIELDS))
  if (others !== '') {
    const known = Object.values(POOL_ENTRY_FIELDS).join(' and ')
    throw badEntry(`vdf:payload: an entry of a list has the fields ${known}, and no others`)
  }
  return {
    priority: readNumber(values.get(POOL_ENTRY_FIELDS.priority)?.trim()),
    isPinned: readFlag(values.get(POOL_ENTRY_FIELDS.pinned)?.trim()),
  }
}

function readNumber(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined
  if (/^\d{1,5}$/.test(text)) return Number(text)
  throw badEntry(
    `${POOL_ENTRY_FIELDS.priority}: expected a position, from 1, got ${JSON.stringify(text.slice(0, 200))}`,
  )
}

function readFlag(text: string | undefined): boolean | undefined {
  if (text === undefined || text === '') return undefined
  if (text === 'true' || text === 'false') return text === 'true'
  throw badEntry(
    `${POOL_ENTRY_FIELDS.pinned}: expected true or false, got ${JSON.stringify(text.slice(0, 200))}`,
  )
}
