import type { TitledPayload } from './field.ts'
import type { ContentItem, ItemPatch } from './item.ts'
import type { KeptMarkup } from './kept-markup.ts'

/** Content of another kind replaces the payload. */
export function patchedPayload(
  before: ContentItem,
  { payload, titleField, kept }: ItemPatch,
): TitledPayload {
  if (payload !== undefined) return { payload, titleField: titleField ?? null }
  return kept === undefined || kept.content === '' ? before : { payload: null, titleField: null }
}

/** A title that is given alone is plain text. */
export function patchedMarkup(before: ContentItem, { title, kept }: ItemPatch): KeptMarkup {
  if (kept !== undefined) return kept
  return title === undefined ? before.kept : { ...before.kept, title: '' }
}
