export interface Publication {
  readonly id: number
  readonly name: string
  readonly rootSectionId: number
  /** Names that a payload's model may end in. */
  readonly contentTypes: readonly string[]
}
