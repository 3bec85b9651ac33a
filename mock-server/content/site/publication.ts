export interface Publication {
  readonly id: number
  readonly name: string
  readonly rootSectionId: number
  /** Allowed last segments of a payload's model. */
  readonly contentTypes: readonly string[]
}
