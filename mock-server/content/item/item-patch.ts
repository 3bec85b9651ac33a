import type { TitledPayload } from './field.ts'
import { retitle } from './field.ts'
import type { ContentItem, ItemPatch, NewItem } from './item.ts'
import { isDraft } from './item.ts'
import type { KeptMarkup } from './kept-markup.ts'
import { NOTHING_KEPT } from './kept-markup.ts'

type Uncommitted = Omit<ContentItem, 'changeId'>

/** A new item, with the values that the store has determined. */
export function newItem(
  { title, state = 'draft', payload = null, titleField = null, kept = NOTHING_KEPT }: NewItem,
  found: Pick<ContentItem, 'id' | 'publicationId' | 'sectionIds' | 'type' | 'author'>,
  at: string,
): Uncommitted {
  const [homeSectionId = 0] = found.sectionIds
  return {
    ...found,
    homeSectionId,
    title,
    state,
    ...retitle({ payload, titleField }, title),
    kept,
    createdAt: at,
    editedAt: at,
    firstPublishedAt: isDraft(state) ? null : at,
    publishedAt: isDraft(state) ? null : at,
  }
}

/** The item after an update. */
export function patchedItem(before: ContentItem, patch: ItemPatch, at: string): Uncommitted {
  const {
    title = before.title,
    state = before.state,
    type = before.type,
    author = before.author,
    sectionIds = before.sectionIds,
  } = patch
  return {
    ...before,
    ...retitle(patchedPayload(before, patch), title),
    kept: patchedMarkup(before, patch),
    author,
    homeSectionId: sectionIds[0] ?? before.homeSectionId,
    sectionIds,
    type,
    title,
    state,
    editedAt: at,
    firstPublishedAt: before.firstPublishedAt ?? (isDraft(state) ? null : at),
    publishedAt: isDraft(state) ? before.publishedAt : at,
  }
}

/** Content of another kind replaces the payload. */
function patchedPayload(
  before: ContentItem,
  { payload, titleField, kept }: ItemPatch,
): TitledPayload {
  if (payload !== undefined) return { payload, titleField: titleField ?? null }
  return kept === undefined || kept.content === '' ? before : { payload: null, titleField: null }
}

/** A patch with a title and no markup makes the title plain text. */
function patchedMarkup(before: ContentItem, { title, kept }: ItemPatch): KeptMarkup {
  if (kept !== undefined) return kept
  return title === undefined ? before.kept : { ...before.kept, title: '' }
}
