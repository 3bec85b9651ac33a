import type { BinaryEffect } from './binaries.ts'
import type { Change } from './changes/change.ts'
import type { HistoryLine } from './item/history.ts'
import type { ContentItem } from './item/item.ts'
import type { LockEffect } from './item/lock-table.ts'
import type { Person } from './person.ts'
import type { ContentList } from './site/content-list.ts'
import type { Section } from './site/section.ts'

/**
 * What a change leaves behind: things as they are after it. Applying an effect needs no rule and no
 * clock, so applying the same effects again, in order, gives the same content.
 */
export type ContentEffect =
  | {
      readonly kind: 'item'
      readonly item: ContentItem
      readonly change: Change
      /** Undefined for a change that is not recorded in the item's history. */
      readonly line?: HistoryLine | undefined
    }
  | { readonly kind: 'person'; readonly person: Person; readonly change: Change }
  /** Sections are structure, not content: they have no rows in logs. [protocol §1.1] */
  | { readonly kind: 'section'; readonly section: Section }
  /** Sections that a test has made, and all their items: as if they had never been there. */
  | {
      readonly kind: 'removal'
      readonly sectionIds: readonly number[]
      readonly itemIds: readonly number[]
    }
  | { readonly kind: 'list'; readonly list: ContentList; readonly changes: readonly Change[] }
  | LockEffect
  | BinaryEffect

/** The changes that listeners get. */
export function changesOf(effect: ContentEffect): readonly Change[] {
  if (effect.kind === 'list') return effect.changes
  return 'change' in effect ? [effect.change] : []
}
