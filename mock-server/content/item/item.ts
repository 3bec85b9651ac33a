import type { Field } from './field.ts'
import type { KeptMarkup } from './kept-markup.ts'

/** States that `vaext:state` may name. [protocol §2.5] */
export const ITEM_STATES = [
  'draft',
  'submitted',
  'approved',
  'published',
  'draft-published',
  'draft-submitted',
  'draft-approved',
  'deleted',
] as const

export type ItemState = (typeof ITEM_STATES)[number]

export interface Author {
  readonly personId: number
  readonly name: string
}

/**
 * One content item as it is after its latest change. Never mutated: a change replaces the object.
 */
export interface ContentItem {
  readonly id: number
  /** Id of the latest change. With the item's id it makes the ETag. */
  readonly changeId: number
  readonly publicationId: number
  readonly homeSectionId: number
  /** All sections that the item is in, home section first. */
  readonly sectionIds: readonly number[]
  /** Content type: the last segment of the payload's model URI. */
  readonly type: string
  readonly title: string
  readonly state: ItemState
  /** The client's `vdf:payload` element, verbatim; null for an item without one. */
  readonly payload: string | null
  /** The field of the payload that shows the title; null when there is none. */
  readonly titleField: Field | null
  readonly kept: KeptMarkup
  readonly author: Author
  /** Times are ISO 8601 in UTC with milliseconds. */
  readonly createdAt: string
  readonly editedAt: string
  /** Null until the item is published for the first time. */
  readonly firstPublishedAt: string | null
  /** Time of the latest publication; null until there is one. */
  readonly publishedAt: string | null
}

/** The data of a new item. */
export interface NewItem {
  readonly sectionId: number
  readonly title: string
  /** Default `story`. */
  readonly type?: string | undefined
  /** Default `draft`. */
  readonly state?: ItemState | undefined
  readonly payload?: string | null | undefined
  readonly titleField?: Field | null | undefined
  /** Default: nothing. */
  readonly kept?: KeptMarkup | undefined
  /** Sections beside `sectionId`. */
  readonly sectionIds?: readonly number[] | undefined
}

/** The changes of an update; undefined fields stay unchanged. */
export interface ItemPatch {
  readonly title?: string | undefined
  readonly type?: string | undefined
  readonly state?: ItemState | undefined
  readonly payload?: string | null | undefined
  /** The field of `payload` that shows the title. */
  readonly titleField?: Field | null | undefined
  readonly kept?: KeptMarkup | undefined
  /** The author whom the item shows from now on. */
  readonly author?: Author | undefined
  /** Home section first. The item is removed from all other sections. */
  readonly sectionIds?: readonly number[] | undefined
}

/** Type guard: whether a name is one of `ITEM_STATES`. */
export function isItemState(name: string): name is ItemState {
  return (ITEM_STATES as readonly string[]).includes(name)
}

/** Whether a state is that of a draft beside a published version. */
export function isBesidePublished(state: ItemState): boolean {
  return state.startsWith('draft-')
}

/** `app:draft` of a state: only `published` is not a draft. */
export function isDraft(state: ItemState): boolean {
  return state !== 'published'
}
