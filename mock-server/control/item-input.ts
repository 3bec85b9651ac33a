import { assertBinaries } from '../atom/binary-links.ts'
import type { GivenContent, GivenPayload } from '../atom/given-payload.ts'
import { readGivenPayload } from '../atom/given-payload.ts'
import { requestedTitle } from '../content/item/field.ts'
import type { ItemPatch, ItemState, NewItem } from '../content/item/item.ts'
import type { ContentStore } from '../content/store.ts'

/** What a caller says of a new item. Its content is given as `fields` or as a `payload`. */
export interface ItemInput extends GivenContent {
  readonly sectionId: number
  /** Sections beside `sectionId`. */
  readonly sectionIds?: readonly number[] | undefined
  /** Default: the title field of the content, else `Untitled`. */
  readonly title?: string | undefined
  /** Default: the type that the payload's model names, else `story`. */
  readonly type?: string | undefined
  /** Default `draft`. */
  readonly state?: ItemState | undefined
}

/** The changes of an update. New content replaces the whole payload. */
export interface ItemInputPatch extends GivenContent {
  readonly title?: string | undefined
  readonly type?: string | undefined
  readonly state?: ItemState | undefined
  /** Home section first. The item is removed from all other sections. */
  readonly sectionIds?: readonly number[] | undefined
}

/** Reads the content of items as the web service reads that of entries. */
export class ItemInputs {
  readonly #store: ContentStore
  readonly #titleFieldName: string

  constructor(store: ContentStore, titleFieldName: string) {
    this.#store = store
    this.#titleFieldName = titleFieldName
  }

  /** Throws `bad-entry` and `bad-text` for wrong content, `not-found` for an unknown section. */
  newItem({ fields, payload, ...given }: ItemInput): NewItem {
    const { publicationId } = this.#store.site.section(given.sectionId)
    const type = given.type ?? 'story'
    const content = this.#read({ fields, payload }, publicationId, type)
    if (content !== undefined) assertBinaries(this.#store, content.binaries)
    const title = requestedTitle(given.title, content?.titleField) ?? 'Untitled'
    return { ...given, ...parts(content), title, type: given.type ?? content?.type ?? type }
  }

  patch(id: number, { fields, payload, ...given }: ItemInputPatch): ItemPatch {
    const item = this.#store.item(id)
    const type = given.type ?? item.type
    const content = this.#read({ fields, payload }, item.publicationId, type)
    if (content === undefined) return given
    assertBinaries(this.#store, content.binaries, item)
    const title = requestedTitle(given.title, content.titleField, item.title)
    return { ...given, ...parts(content), title, type: given.type ?? content.type }
  }

  #read(given: GivenContent, publicationId: number, type: string): GivenPayload | undefined {
    const publication = this.#store.site.publication(publicationId).name
    return readGivenPayload(given, { publication, type }, this.#titleFieldName)
  }
}

function parts(content: GivenPayload | undefined): Pick<GivenPayload, 'titleField'> & {
  readonly payload?: string
} {
  return content === undefined
    ? { titleField: undefined }
    : { payload: content.payload, titleField: content.titleField }
}
