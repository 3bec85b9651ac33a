import { z } from 'zod'

import type { Change, Subject } from '../content/changes/change.ts'
import { logPath } from '../content/changes/log-ref.ts'
import type { ContentItem } from '../content/item/item.ts'
import type { ContentList } from '../content/site/content-list.ts'
import type { Section } from '../content/site/section.ts'
import { ITEM_STATES } from '../content/item/item.ts'
import { LIST_KINDS } from '../content/site/content-list.ts'
import type { Settings } from '../knobs.ts'
import { announcedPaths } from '../sse/change-stream.ts'
import { STREAM_NAMES } from '../sse/stream-name.ts'

const id = z.int().positive()
const count = z.int().min(0)
const time = z.iso.datetime()

/** The schemas of what several endpoints answer. */

/** A change, and the paths that the stream announces for it. */
export const CHANGE = z
  .strictObject({
    id: count,
    kind: z.enum(['created', 'updated', 'deleted', 'listed']),
    subject: z.strictObject({ kind: z.enum(['item', 'person']), id }),
    at: time,
    logs: z.array(z.string()),
  })
  .meta({ id: 'Change' })

const FIELD = z.strictObject({ text: z.string(), start: count, end: count })
const KEPT = z.strictObject({
  attributes: z.string(),
  title: z.string(),
  author: z.string(),
  reference: z.string(),
  content: z.string(),
  control: z.string(),
  publication: z.string(),
  others: z.string(),
})

export const ITEM = z
  .strictObject({
    id,
    changeId: count,
    publicationId: id,
    homeSectionId: id,
    sectionIds: z.array(id),
    type: z.string(),
    title: z.string(),
    state: z.enum(ITEM_STATES),
    payload: z.string().nullable(),
    titleField: FIELD.nullable(),
    kept: KEPT,
    /** `personId` is 0 for a name that no person has. */
    author: z.strictObject({ personId: count, name: z.string() }),
    createdAt: time,
    editedAt: time,
    firstPublishedAt: time.nullable(),
    publishedAt: time.nullable(),
  })
  .meta({ id: 'Item' })

/** An item in a list of items: without what makes an item large. */
export const LISTED_ITEM = ITEM.pick({
  id: true,
  changeId: true,
  sectionIds: true,
  type: true,
  title: true,
  state: true,
  author: true,
  editedAt: true,
}).meta({ id: 'ListedItem' })

/** An item as it was after one of its changes, and who made it, as far as its history knows. */
export const VERSION = ITEM.pick({
  changeId: true,
  title: true,
  type: true,
  state: true,
  editedAt: true,
})
  .extend({ editor: z.string().nullable() })
  .meta({ id: 'Version' })

/** An item, and the change that made it what it is. */
export const ITEM_CHANGE = z.strictObject({ item: ITEM, change: CHANGE })

export const SECTION = z
  .strictObject({
    id,
    publicationId: id,
    parentId: id.nullable(),
    name: z.string(),
    uniqueName: z.string(),
    directoryName: z.string(),
    inheritsAccess: z.boolean(),
    createdAt: time,
    log: z.string(),
  })
  .meta({ id: 'Section' })

export const LIST = z
  .strictObject({
    id,
    sectionId: id,
    kind: z.enum(LIST_KINDS),
    name: z.string(),
    itemIds: z.array(id),
  })
  .meta({ id: 'List' })

/** A client of an event stream. */
export const CLIENT = z
  .strictObject({
    id: z.string(),
    stream: z.enum(STREAM_NAMES),
    path: z.string(),
    baseUrl: z.string(),
    host: z.string().nullable(),
    user: z.string().nullable(),
    since: time,
    remoteAddress: z.string(),
    userAgent: z.string().nullable(),
    lastEventId: z.string().nullable(),
    events: count,
    bytes: count,
    backlog: count,
    lastEvent: z.strictObject({ at: time, text: z.string() }).nullable(),
    changeId: count,
  })
  .meta({ id: 'Client' })

/**
 * A change as the control API reports it: `logs` are the paths that the stream announces, in order.
 */
export interface ChangeReport {
  readonly id: number
  readonly kind: Change['kind']
  readonly subject: Subject
  readonly at: string
  readonly logs: readonly string[]
}

export interface ItemReport {
  readonly item: ContentItem
  readonly change: ChangeReport
}

export type ListedItem = Pick<
  ContentItem,
  'id' | 'changeId' | 'sectionIds' | 'type' | 'title' | 'state' | 'author' | 'editedAt'
>

export type VersionReport = z.output<typeof VERSION>

/** One page of the items, by ascending id. */
export interface ItemPage {
  readonly items: readonly ListedItem[]
  /** Of all items. */
  readonly total: number
  /** `after` of the next page; null when there is none. */
  readonly next: number | null
}

export interface SectionReport extends Omit<
  Section,
  'otherFields' | 'kept' | 'editedAt' | 'revision'
> {
  /** Path of the section's change log. */
  readonly log: string
}

export type ListReport = Pick<ContentList, 'id' | 'sectionId' | 'kind' | 'name' | 'itemIds'>

export function sectionReport({
  otherFields: _fields,
  kept: _kept,
  editedAt: _editedAt,
  revision: _revision,
  ...section
}: Section): SectionReport {
  return { ...section, log: logPath({ scope: 'section', id: section.id }) }
}

export function listedItem({ id: itemId, ...item }: ContentItem): ListedItem {
  const { changeId, sectionIds, type, title, state, author, editedAt } = item
  return { id: itemId, changeId, sectionIds, type, title, state, author, editedAt }
}

export function versionReport(item: ContentItem, editor: string | null): VersionReport {
  const { changeId, title, type, state, editedAt } = item
  return { changeId, title, type, state, editedAt, editor }
}

export function changeReport(
  { id: changeId, kind, subject, at, logs }: Change,
  announce: Settings['announce'],
): ChangeReport {
  return { id: changeId, kind, subject, at, logs: announcedPaths(logs, announce) }
}
