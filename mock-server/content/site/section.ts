export interface Section {
  readonly id: number
  readonly publicationId: number
  /** Null for the root section of a publication. */
  readonly parentId: number | null
  readonly name: string
  /** Path segment in public URLs. */
  readonly directoryName: string
  /** False: the section has an access definition of its own, and so governs a protection domain. */
  readonly inheritsAccess: boolean
  readonly createdAt: string
}

export interface NewSection {
  /** Default: the root section of the first publication. */
  readonly parentId?: number | undefined
  /** Default: `Section` and the id. */
  readonly name?: string | undefined
  /** Default true. */
  readonly inheritsAccess?: boolean | undefined
}
