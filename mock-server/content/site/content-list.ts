/** One place of a list. A client pins it, moves it and removes it under its handle. */
export interface ListEntry {
  /** Never given twice, not even for the same item. */
  readonly handle: number
  readonly itemId: number
  /** The position that the entry keeps, from 1; null while it moves with the others. */
  readonly pinnedAt: number | null
  readonly editedAt: string
}

/**
 * A list of content items that editors keep in a section, such as its top stories, or an inbox of
 * the section.
 */
export interface ContentList {
  readonly id: number
  readonly sectionId: number
  readonly kind: ListKind
  readonly name: string
  /** In the order of the list, without duplicates. */
  readonly entries: readonly ListEntry[]
  /** The items of the entries, in the same order. */
  readonly itemIds: readonly number[]
  readonly editedAt: string
  /** Moves with each change, and is never given twice. */
  readonly revision: number
}

export const LIST_KINDS = ['list', 'inbox'] as const
export type ListKind = (typeof LIST_KINDS)[number]

/** One entry, in its list, at its place from 0. */
export interface ListPlace {
  readonly list: ContentList
  readonly index: number
  readonly entry: ListEntry
}

/** A list of a seed. */
export interface SeedList extends Pick<ContentList, 'id' | 'sectionId' | 'name' | 'itemIds'> {
  /** Default `list`. */
  readonly kind?: ListKind | undefined
}

/**
 * The entries with each pinned one at its position, or at the end of a list that is too short for
 * it.
 */
export function arrange(entries: readonly ListEntry[]): readonly ListEntry[] {
  const arranged = entries.filter(({ pinnedAt }) => pinnedAt === null)
  for (const entry of pinnedIn(entries)) arranged.splice((entry.pinnedAt ?? 1) - 1, 0, entry)
  return arranged
}

/** First position first, so that each insertion leaves the earlier ones where they are. */
function pinnedIn(entries: readonly ListEntry[]): readonly ListEntry[] {
  const pinned = entries.filter(({ pinnedAt }) => pinnedAt !== null)
  return pinned.toSorted((a, b) => (a.pinnedAt ?? 0) - (b.pinnedAt ?? 0))
}
