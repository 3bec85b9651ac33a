/** A registered user of a publication, as it is after its latest change. */
export interface Person {
  readonly id: number
  readonly changeId: number
  readonly publicationId: number
  readonly name: string
  /** Login name; null for a person who cannot log in. */
  readonly userName: string | null
  readonly isDeleted: boolean
  readonly createdAt: string
  readonly editedAt: string
}
