import type { ContentItem } from './item.ts'
import { keptLength } from './kept-markup.ts'

/** Characters of an item that count towards the limit `contentLength`. */
export function lengthOf({ title, payload, kept }: Omit<ContentItem, 'changeId'>): number {
  return title.length + (payload?.length ?? 0) + keptLength(kept)
}
