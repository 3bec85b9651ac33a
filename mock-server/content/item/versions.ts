import { notFound } from '../../errors.ts'
import { lengthOf } from './content-length.ts'
import type { ContentItem } from './item.ts'

/** What a version takes beside its texts, in characters. */
const BARE_LENGTH = 1_000

/**
 * Earlier versions of all items: each as it was before a change. Bounded: beyond `maxLength`
 * characters the oldest versions are forgotten, whichever items they are of.
 */
export class Versions {
  readonly #maxLength: number
  /** Oldest first. Those before `#first` are forgotten. */
  #versions: (ContentItem | undefined)[] = []
  #first = 0
  #length = 0

  constructor(maxLength: number) {
    this.#maxLength = maxLength
  }

  /** Versions of one item, newest first, without the one that it is at. */
  of(itemId: number): readonly ContentItem[] {
    return this.#kept.filter(({ id }) => id === itemId).toReversed()
  }

  /** Throws `not-found` for a version that was forgotten, and for one that never was. */
  get(itemId: number, changeId: number): ContentItem {
    const version = this.of(itemId).find((each) => each.changeId === changeId)
    if (version !== undefined) return version
    throw notFound(
      `version ${changeId} of item ${itemId}: expected one of GET /__mock/items/${itemId}/versions`,
    )
  }

  keep(version: ContentItem): void {
    this.#versions.push(version)
    this.#length += sizeOf(version)
    while (this.#length > this.#maxLength) this.#forgetOldest()
  }

  /** Forgets the versions of items that are no more. */
  forget(itemIds: ReadonlySet<number>): void {
    const others = this.#kept.filter(({ id }) => !itemIds.has(id))
    this.#versions = others
    this.#first = 0
    this.#length = others.reduce((sum, version) => sum + sizeOf(version), 0)
  }

  get #kept(): readonly ContentItem[] {
    return this.#versions.slice(this.#first).filter((version) => version !== undefined)
  }

  #forgetOldest(): void {
    const oldest = this.#versions[this.#first]
    if (oldest !== undefined) this.#length -= sizeOf(oldest)
    this.#versions[this.#first] = undefined
    this.#first += 1
    // Trimmed by half: one copy for many versions, not one for each.
    if (this.#first * 2 < this.#versions.length) return
    this.#versions = this.#versions.slice(this.#first)
    this.#first = 0
  }
}

function sizeOf(version: ContentItem): number {
  return lengthOf(version) + BARE_LENGTH
}
