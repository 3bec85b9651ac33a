import type { ListedItem } from './api-types.ts'

export interface ItemFilter {
  readonly sectionId: number | undefined
  readonly state: string
  readonly text: string
}

/** All items of the store, and the filtered list of them. */
export class ItemIndex {
  readonly #items = new Map<number, ListedItem>()
  #version = 0
  #counts: ReadonlyMap<number, number> = new Map()
  #countedVersion = -1
  #listed: { readonly key: string; readonly items: readonly ListedItem[] } = { key: '', items: [] }

  get size(): number {
    return this.#items.size
  }

  get(id: number): ListedItem | undefined {
    return this.#items.get(id)
  }

  put(items: readonly ListedItem[]): void {
    for (const item of items) this.#items.set(item.id, item)
    this.#version += 1
  }

  clear(): void {
    this.#items.clear()
    this.#version += 1
  }

  /** Newest change first. The same list again while nothing has changed. */
  list(filter: ItemFilter): readonly ListedItem[] {
    const key = JSON.stringify([this.#version, filter.sectionId ?? null, filter.state, filter.text])
    if (this.#listed.key !== key) this.#listed = { key, items: this.#select(filter) }
    return this.#listed.items
  }

  /** How many items each section has. The same map again while nothing has changed. */
  countBySection(): ReadonlyMap<number, number> {
    if (this.#countedVersion === this.#version) return this.#counts
    const counts = new Map<number, number>()
    for (const { sectionIds } of this.#items.values())
      for (const id of sectionIds) counts.set(id, (counts.get(id) ?? 0) + 1)
    this.#counts = counts
    this.#countedVersion = this.#version
    return counts
  }

  #select({ sectionId, state, text }: ItemFilter): readonly ListedItem[] {
    const wanted = text.toLowerCase()
    return [...this.#items.values()]
      .filter(
        (item) =>
          (sectionId === undefined || item.sectionIds.includes(sectionId)) &&
          (state === '' || item.state === state) &&
          (wanted === '' || `${item.id} ${item.type} ${item.title}`.toLowerCase().includes(wanted)),
      )
      .toSorted((a, b) => b.changeId - a.changeId)
  }
}

/** A page of items that has to be read again. */
export interface PageRequest {
  readonly after: number
  readonly count: number
}

const MAX_PAGE = 1_000

/** As few pages as hold all of these items: ids that follow each other are read together. */
export function pagesOf(ids: Iterable<number>): readonly PageRequest[] {
  const pages: { after: number; count: number }[] = []
  for (const id of [...new Set(ids)].toSorted((a, b) => a - b)) {
    const last = pages.at(-1)
    const isNear = last !== undefined && id - last.after <= Math.min(MAX_PAGE, last.count + 10)
    if (isNear) last.count = id - last.after
    else pages.push({ after: id - 1, count: 1 })
  }
  return pages
}
