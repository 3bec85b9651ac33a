import type { KeptMarkup } from './item/kept-markup.ts'
import { keptLength, NOTHING_KEPT } from './item/kept-markup.ts'

/** A registered user of a publication, as it is after its latest change. */
export interface Person {
  readonly id: number
  readonly changeId: number
  readonly publicationId: number
  readonly name: string
  /** The name as the fields of the payload have it; null when they have none. */
  readonly nameInFields: string | null
  /** The client's `vdf:payload` element, verbatim; null for a person without one. */
  readonly payload: string | null
  readonly kept: KeptMarkup
  /** Login name; null for a person who cannot log in. */
  readonly userName: string | null
  readonly isDeleted: boolean
  readonly createdAt: string
  readonly editedAt: string
}

/** What a client says of a person. */
export type PersonParts = Pick<Person, 'name'> &
  Partial<Pick<Person, 'nameInFields' | 'payload' | 'kept'>>

/** A person of whom only the name is known. */
export const BARE_PERSON = { nameInFields: null, payload: null, kept: NOTHING_KEPT } as const

/** Characters of a person that count towards the limit `contentLength`. */
export function personLength({ name, payload, kept }: Omit<Person, 'changeId'>): number {
  return name.length + (payload?.length ?? 0) + keptLength(kept)
}
