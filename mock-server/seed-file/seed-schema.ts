import { z } from 'zod'

import { writePayload } from '../atom/write-payload.ts'
import { FIELD_VALUES } from '../content/item/field-value.ts'
import { ITEM_STATES } from '../content/item/item.ts'
import { NOTHING_KEPT } from '../content/item/kept-markup.ts'
import { LIMITS } from '../content/limits.ts'
import type { Seed } from '../content/seed.ts'
import { LIST_KINDS } from '../content/site/content-list.ts'

const SOME_TIME = '2024-01-08T09:00:00.000Z'
const CONTENT_TYPES = ['story', 'news', 'picture', 'video', 'gallery']
/** Between change ids that the file does not give. */
const CHANGE_ID_STEP = 3
const TITLE_FIELD = 'title'

const id = z.int().min(0)
const time = z.iso.datetime()
const title = z.string().max(LIMITS.titleLength)
const publicationId = id.default(1)

const publication = z.strictObject({
  id: id.default(1),
  name: z.string().min(1).max(LIMITS.titleLength),
  rootSectionId: id,
  contentTypes: z.array(z.string().min(1)).readonly().default(CONTENT_TYPES),
})

const section = z
  .strictObject({
    id,
    publicationId,
    parentId: id.nullable().default(null),
    name: title,
    uniqueName: title.min(1).optional(),
    directoryName: title.optional(),
    inheritsAccess: z
      .boolean()
      .optional()
      .describe(
        'false: the section governs a protection domain; default: only a root section does',
      ),
    createdAt: time.default(SOME_TIME),
  })
  .transform(({ directoryName, inheritsAccess, ...rest }) => {
    const isRoot = rest.parentId === null
    return {
      ...rest,
      directoryName: directoryName ?? (isRoot ? '' : `section-${rest.id}`),
      inheritsAccess: inheritsAccess ?? !isRoot,
    }
  })

const list = z.strictObject({
  id,
  sectionId: id,
  kind: z.enum(LIST_KINDS).optional(),
  name: title,
  itemIds: z.array(id).max(LIMITS.listItems).readonly().default([]),
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

const changeId = id.optional().describe('default: in the order of the file, persons before items')

const person = z.strictObject({
  id,
  changeId,
  publicationId,
  name: title,
  nameInFields: z.string().nullable().default(null),
  payload: z.string().nullable().default(null),
  kept: kept.default(NOTHING_KEPT),
  userName: z.string().nullable().default(null),
  isDeleted: z.boolean().default(false),
  createdAt: time.default(SOME_TIME),
  editedAt: time.default(SOME_TIME),
})

const item = z
  .strictObject({
    id,
    changeId,
    publicationId,
    homeSectionId: id.optional().describe('default: the first of sectionIds'),
    sectionIds: z.array(id).min(1).readonly(),
    type: z.string().min(1).default('story'),
    title: title.optional().describe('default: the field "title"'),
    state: z.enum(ITEM_STATES).default('published'),
    fields: FIELD_VALUES.optional().describe('the payload, as its fields'),
    payload: z.string().nullable().default(null).describe('the payload, as a vdf:payload element'),
    titleField: z
      .strictObject({ text: z.string(), start: z.int().min(0), end: z.int().min(0) })
      .nullable()
      .default(null),
    kept: kept.default(NOTHING_KEPT),
    author: z
      .strictObject({ personId: id, name: title })
      .default({ personId: 0, name: 'Test Editor' }),
    createdAt: time.default(SOME_TIME),
    editedAt: time.default(SOME_TIME),
    firstPublishedAt: time.nullable().optional(),
    publishedAt: time.nullable().optional(),
  })
  .refine(({ fields, payload }) => fields === undefined || payload === null, {
    path: ['fields'],
    message: 'expected fields or a payload, not both',
  })
  .transform(({ homeSectionId, firstPublishedAt, publishedAt, ...rest }) => {
    const at = rest.state === 'published' ? rest.editedAt : null
    return {
      ...rest,
      homeSectionId: homeSectionId ?? rest.sectionIds[0] ?? 0,
      firstPublishedAt: firstPublishedAt === undefined ? at : firstPublishedAt,
      publishedAt: publishedAt === undefined ? at : publishedAt,
    }
  })

const PARTS = {
  publications: z.array(publication).min(1).readonly(),
  sections: z.array(section).min(1).max(LIMITS.sections).readonly(),
  lists: z.array(list).readonly().default([]),
  persons: z.array(person).max(LIMITS.persons).readonly().default([]),
  items: z.array(item).max(LIMITS.items).readonly().default([]),
}

/** A seed as a file gives it: what the store can determine may be left out. */
export const SEED_FILE = z.strictObject(PARTS)

type GivenSeed = z.infer<typeof SEED_FILE>

/** One element of each list. */
export const SEED_ELEMENTS = {
  publications: publication,
  sections: section,
  lists: list,
  persons: person,
  items: item,
}

/** For editors, which complete and check a file as it is written. */
export function seedJsonSchema(): object {
  return z.toJSONSchema(SEED_FILE, { io: 'input' })
}

/** The seed that a file describes. */
export function completeSeed({ persons, items, ...rest }: GivenSeed): Seed {
  const names = new Map(rest.publications.map((each) => [each.id, each.name]))
  let last = 0
  const nextId = (given: number | undefined): number => (last = given ?? last + CHANGE_ID_STEP)
  return {
    ...rest,
    persons: persons.map((each) => ({ ...each, changeId: nextId(each.changeId) })),
    items: items.map(({ fields, title: given, ...each }) => {
      const numbered = { ...each, changeId: nextId(each.changeId) }
      if (fields === undefined) return { ...numbered, title: given ?? 'Untitled' }
      const text = fields[TITLE_FIELD]
      const shown = given ?? (typeof text === 'string' ? text : 'Untitled')
      const all = typeof text === 'string' ? { ...fields, [TITLE_FIELD]: shown } : fields
      const model = { publication: names.get(each.publicationId) ?? '', type: each.type }
      const { markup: payload, texts } = writePayload(model, all)
      return { ...numbered, title: shown, payload, titleField: texts.get(TITLE_FIELD) ?? null }
    }),
  }
}
