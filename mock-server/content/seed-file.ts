import { readFileSync, statSync } from 'node:fs'

import type { Document } from 'yaml'
import { z } from 'zod'

import { MockServerError } from '../errors.ts'
import { yamlLibrary } from '../late-libraries.ts'
import { TOO_DEEP, tooDeepAt } from '../yaml-depth.ts'
import { ITEM_STATES } from './item/item.ts'
import { NOTHING_KEPT } from './item/kept-markup.ts'
import { LIMITS } from './limits.ts'
import type { Seed } from './seed.ts'
import { seedMistakes, type SeedPath } from './seed-mistakes.ts'
import { LIST_KINDS } from './site/content-list.ts'

const MAX_FILE_BYTES = 32 * 1024 * 1024
/** A file that is wrong throughout is wrong in the same way: the first mistakes tell. */
const MAX_SHOWN = 20

const id = z.int().min(0)
const time = z.iso.datetime()
const title = z.string().max(LIMITS.titleLength)

const publication = z.strictObject({
  id,
  name: z.string().min(1).max(LIMITS.titleLength),
  rootSectionId: id,
  contentTypes: z.array(z.string().min(1)).readonly(),
})

const section = z.strictObject({
  id,
  publicationId: id,
  parentId: id.nullable(),
  name: title,
  uniqueName: title.min(1).optional(),
  directoryName: title,
  inheritsAccess: z.boolean(),
  createdAt: time,
})

const list = z.strictObject({
  id,
  sectionId: id,
  kind: z.enum(LIST_KINDS).optional(),
  name: title,
  itemIds: z.array(id).max(LIMITS.listItems).readonly(),
})

const markup = z.string().max(LIMITS.keptLength)
const kept = z.strictObject({
  attributes: markup,
  title: markup,
  author: markup,
  reference: markup,
  content: markup,
  control: markup,
  publication: markup,
  others: markup,
})

const person = z.strictObject({
  id,
  changeId: id,
  publicationId: id,
  name: title,
  nameInFields: z.string().nullable().default(null),
  payload: z.string().nullable().default(null),
  kept: kept.default(NOTHING_KEPT),
  userName: z.string().nullable(),
  isDeleted: z.boolean(),
  createdAt: time,
  editedAt: time,
})

const item = z.strictObject({
  id,
  changeId: id,
  publicationId: id,
  homeSectionId: id,
  sectionIds: z.array(id).min(1).readonly(),
  type: z.string().min(1),
  title,
  state: z.enum(ITEM_STATES),
  payload: z.string().nullable(),
  titleField: z
    .strictObject({ text: z.string(), start: z.int().min(0), end: z.int().min(0) })
    .nullable()
    .default(null),
  kept: kept.default(NOTHING_KEPT),
  author: z.strictObject({ personId: id, name: title }),
  createdAt: time,
  editedAt: time,
  firstPublishedAt: time.nullable(),
  publishedAt: time.nullable(),
})

/** `satisfies`: a new property of the content has to be in the file as well. */
const seed = z.strictObject({
  publications: z.array(publication).min(1).readonly(),
  sections: z.array(section).min(1).max(LIMITS.sections).readonly(),
  lists: z.array(list).readonly(),
  persons: z.array(person).max(LIMITS.persons).readonly(),
  items: z.array(item).max(LIMITS.items).readonly(),
}) satisfies z.ZodType<Seed>

/**
 * The seed that a YAML or JSON file holds. Throws one `bad-config` that lists the mistakes, each
 * with its line and column: what cannot be read, has the wrong shape, or names something that is
 * not there.
 */
export function readSeedFile(path: string): Seed {
  const text = readBounded(path)
  const deepAt = tooDeepAt(text)
  if (deepAt !== undefined)
    throw mistakesIn(path, [`${text.slice(0, deepAt).split('\n').length}:1: ${TOO_DEEP}`])
  const lines = new (yamlLibrary().LineCounter)()
  const document = yamlLibrary().parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const [syntax] = document.errors
  if (syntax !== undefined) {
    const { line, col } = lines.linePos(syntax.pos[0])
    throw mistakesIn(path, [`${line}:${col}: ${syntax.message}`])
  }
  const at = (where: SeedPath): string => {
    for (let depth = where.length; depth >= 0; depth -= 1) {
      const node: unknown = document.getIn(where.slice(0, depth), true)
      if (!yamlLibrary().isNode(node) || !node.range) continue
      const { line, col } = lines.linePos(node.range[0])
      return `${line}:${col}: ${where.join('.')}`
    }
    return `1:1: ${where.join('.')}`
  }
  const result = seed.safeParse(valueOf(document, path))
  if (!result.success)
    throw mistakesIn(
      path,
      result.error.issues.map(({ path: where, message }) => `${at(where)}: ${message}`),
    )
  const mistakes = seedMistakes(result.data)
  if (mistakes.length > 0)
    throw mistakesIn(
      path,
      mistakes.map(({ where, message }) => `${at(where)}: ${message}`),
    )
  return result.data
}

/** Aliases that multiply are refused by the reader of YAML. */
function valueOf(document: Document, path: string): unknown {
  try {
    return document.toJS()
  } catch (error) {
    throw mistakesIn(path, [`1:1: ${error instanceof Error ? error.message : String(error)}`])
  }
}

function readBounded(path: string): string {
  try {
    const { size } = statSync(path)
    if (size > MAX_FILE_BYTES)
      throw new Error(`expected at most ${MAX_FILE_BYTES} bytes, got ${size}`)
    return readFileSync(path, 'utf8')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new MockServerError('bad-config', `cannot read the seed file ${path}: ${reason}`, {
      cause: error,
    })
  }
}

function mistakesIn(path: string, mistakes: readonly string[]): MockServerError {
  const more = mistakes.length - MAX_SHOWN
  const shown = mistakes.slice(0, MAX_SHOWN).map((mistake) => `${path}:${mistake}`)
  if (more > 0) shown.push(`and ${more} more mistakes`)
  return new MockServerError('bad-config', shown.join('\n'))
}
