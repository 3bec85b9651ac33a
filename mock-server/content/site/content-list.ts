/** A list of content items that editors keep in a section, such as its top stories. */
export interface ContentList {
  readonly id: number
  readonly sectionId: number
  readonly name: string
  readonly itemIds: readonly number[]
}
