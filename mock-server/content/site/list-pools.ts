import { MockServerError, notFound } from '../../errors.ts'
import { assertCount } from '../limits.ts'
import type { ContentList, ListEntry, ListKind, ListPlace, SeedList } from './content-list.ts'
import { arrange } from './content-list.ts'

/** The last handle and revision of earlier lists. What these lists give is above them. */
export interface LastListIds {
  readonly handle: number
  readonly revision: number
}

/**
 * A list as it will be once it is put, and the items that the change adds, moves or removes.
 */
export interface ListChange {
  readonly list: ContentList
  readonly itemIds: readonly number[]
}

/** All lists and inboxes. They share their ids, and their entries share the handles. */
export class ListPools {
  readonly #lists = new Map<number, ContentList>()
  /** The list of each handle. */
  readonly #listOfHandle = new Map<number, number>()
  #last: LastListIds

  constructor(lists: readonly SeedList[], last: LastListIds, createdAt: (id: number) => string) {
    this.#last = last
    for (const { itemIds, kind = 'list', ...list } of lists) {
      const at = createdAt(list.sectionId)
      const entries = itemIds.map((itemId, n) => this.#newEntry(itemId, n + 1, at))
      const empty = { ...list, kind, itemIds: [], entries: [], editedAt: at, revision: 0 }
      this.put(this.#draft(empty, entries, at))
    }
  }

  get last(): LastListIds {
    return this.#last
  }

  get all(): readonly ContentList[] {
    return [...this.#lists.values()]
  }

  of(sectionId: number, kind: ListKind): readonly ContentList[] {
    return this.all.filter((list) => list.sectionId === sectionId && list.kind === kind)
  }

  get(id: number): ContentList {
    const list = this.#lists.get(id)
    if (list === undefined) throw notFound(`list ${id}`)
    return list
  }

  find(handle: number): ListPlace {
    const list = this.#lists.get(this.#listOfHandle.get(handle) ?? -1)
    const index = list?.entries.findIndex((each) => each.handle === handle) ?? -1
    const entry = list?.entries[index]
    if (list === undefined || entry === undefined) throw notFound(`handle ${handle} of a list`)
    return { list, index, entry }
  }

  /** Adds a list, or replaces it. */
  put(list: ContentList): void {
    const handles = list.entries.map(({ handle }) => handle)
    this.#last = {
      handle: Math.max(this.#last.handle, ...handles),
      revision: Math.max(this.#last.revision, list.revision),
    }
    for (const { handle } of this.#lists.get(list.id)?.entries ?? [])
      this.#listOfHandle.delete(handle)
    for (const handle of handles) this.#listOfHandle.set(handle, list.id)
    this.#lists.set(list.id, list)
  }

  /**
   * Inserts items before the place `index`, in their order. An item of the list moves there under a
   * new handle, since no list has duplicates. Throws `limit-reached`.
   */
  insert(list: ContentList, index: number, itemIds: readonly number[], at: string): ListChange {
    const wanted = new Set(itemIds)
    const isOther = ({ itemId }: ListEntry): boolean => !wanted.has(itemId)
    const before = list.entries.slice(0, index).filter(isOther)
    const after = list.entries.slice(index).filter(isOther)
    assertCount('listItems', before.length + wanted.size + after.length)
    const added = Array.from(wanted, (itemId, n) => this.#newEntry(itemId, n + 1, at))
    return { list: this.#draft(list, [...before, ...added, ...after], at), itemIds: [...wanted] }
  }

  /** Moves the entry of a handle to `position`, from 1, and pins it there or not. */
  place(handle: number, position: number, isPinned: boolean, at: string): ListChange {
    const { list, entry } = this.find(handle)
    const others = list.entries.filter((other) => other !== entry)
    if (position < 1 || position > list.entries.length) {
      throw new MockServerError(
        'bad-request',
        `com.escenic.priority: expected a position from 1 to ${list.entries.length}, got ${position}`,
      )
    }
    const holder = others.find(({ pinnedAt }) => pinnedAt === position)
    if (holder !== undefined) {
      throw new MockServerError(
        'conflict',
        `com.escenic.priority: position ${position} is pinned by handle ${holder.handle}`,
      )
    }
    const placed = { ...entry, pinnedAt: isPinned ? position : null, editedAt: at }
    const entries = others.toSpliced(position - 1, 0, placed)
    return { list: this.#draft(list, entries, at), itemIds: [entry.itemId] }
  }

  remove(handle: number, at: string): ListChange {
    const { list, index, entry } = this.find(handle)
    return {
      list: this.#draft(list, list.entries.toSpliced(index, 1), at),
      itemIds: [entry.itemId],
    }
  }

  /** Replaces what a list holds. Items that stay keep their handles, and none is pinned. */
  replace(list: ContentList, itemIds: readonly number[], at: string): ListChange {
    assertCount('listItems', itemIds.length)
    const known = new Map(list.entries.map((entry) => [entry.itemId, entry]))
    let added = 0
    const entries = Array.from(new Set(itemIds), (itemId) => {
      const entry = known.get(itemId)
      if (entry !== undefined) return { ...entry, pinnedAt: null }
      added += 1
      return this.#newEntry(itemId, added, at)
    })
    const held = new Set(itemIds)
    const moved = [
      ...entries.filter(({ itemId }) => !known.has(itemId)),
      ...list.entries.filter(({ itemId }) => !held.has(itemId)),
    ]
    return { list: this.#draft(list, entries, at), itemIds: moved.map(({ itemId }) => itemId) }
  }

  /** The entry that is the `nth` new one of a draft, from 1. Its handle is taken by `put`. */
  #newEntry(itemId: number, nth: number, at: string): ListEntry {
    return { handle: this.#last.handle + nth, itemId, pinnedAt: null, editedAt: at }
  }

  #draft(before: ContentList, unarranged: readonly ListEntry[], at: string): ContentList {
    const entries = arrange(unarranged)
    const itemIds = entries.map(({ itemId }) => itemId)
    return { ...before, entries, itemIds, editedAt: at, revision: this.#last.revision + 1 }
  }
}
