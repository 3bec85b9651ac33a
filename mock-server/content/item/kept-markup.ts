/**
 * Parts of a client's entry that the store neither interprets nor creates: every response repeats
 * their markup. A part that the entry does not have is an empty text.
 */
export interface KeptMarkup {
  /** Attributes of the entry, each with a space before it and the declaration of its prefix. */
  readonly attributes: string
  /** A title that is more than plain text. */
  readonly title: string
  /** Authors other than the author that the store sets. */
  readonly author: string
  /** A `metadata:reference` other than the reference that the store sets. */
  readonly reference: string
  /** Content other than a payload. */
  readonly content: string
  /** Children of `app:control` that the store does not know. */
  readonly control: string
  /** Children of `metadata:publication` that are not section links. */
  readonly publication: string
  /** All other children of the entry, in document order. */
  readonly others: string
}

export const NOTHING_KEPT: KeptMarkup = {
  attributes: '',
  title: '',
  author: '',
  reference: '',
  content: '',
  control: '',
  publication: '',
  others: '',
}

/** Characters of all parts. */
export function keptLength(kept: KeptMarkup): number {
  // Most have none, and each change of an item counts them.
  if (kept === NOTHING_KEPT) return 0
  return Object.values(kept).reduce((length, part: string) => length + part.length, 0)
}
