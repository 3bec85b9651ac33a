import { assertBinaries } from '../atom/binary-links.ts'
import type { GivenContent, GivenPayload } from '../atom/given-payload.ts'
import { readGivenPayload } from '../atom/given-payload.ts'
import { requestedTitle } from '../content/item/field.ts'
import type { ContentItem, ItemPatch, ItemState, NewItem } from '../content/item/item.ts'
import { LIMITS } from '../content/limits.ts'
import type { ContentStore } from '../content/store.ts'
import { MockServerError } from '../errors.ts'

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
  /** The author. Default: the store's own editor. */
  readonly as?: string | undefined
}

/** The changes of an update. New content replaces the whole payload. */
export interface ItemInputPatch extends GivenContent {
  readonly title?: string | undefined
  readonly type?: string | undefined
  readonly state?: ItemState | undefined
  /** Home section first. The item is removed from all other sections. */
  readonly sectionIds?: readonly number[] | undefined
  /** Who saves it: the locks of others then refuse it. Default: the item's author, past all locks. */
  readonly as?: string | undefined
  /** The change that the caller has read: a later one of someone else refuses it. Default: any. */
  readonly ifChange?: number | undefined
}

/** What a copy of an item differs in. */
export interface CopyInput {
  /** Default: `Copy of` and the title of the item. */
  readonly title?: string | undefined
  /** Default: the sections of the item. */
  readonly sectionId?: number | undefined
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
  newItem({ fields, payload, as: _author, ...given }: ItemInput): NewItem {
    const { publicationId } = this.#store.site.section(given.sectionId)
    const type = given.type ?? 'story'
    const content = this.#read({ fields, payload }, publicationId, type)
    if (content !== undefined) assertBinaries(this.#store, content.binaries)
    const title = requestedTitle(given.title, content?.titleField) ?? 'Untitled'
    return { ...given, ...parts(content), title, type: given.type ?? content?.type ?? type }
  }

  /** Throws `precondition-failed` and `conflict` too, as `as` and `ifChange` say. */
  patch(id: number, { fields, payload, as, ifChange, ...given }: ItemInputPatch): ItemPatch {
    const item = this.#store.item(id)
    if (as !== undefined) this.#assertUnlocked(id, as)
    assertUnchanged(item, ifChange)
    const type = given.type ?? item.type
    const content = this.#read({ fields, payload }, item.publicationId, type)
    if (content === undefined) return given
    assertBinaries(this.#store, content.binaries, item)
    const title = requestedTitle(given.title, content.titleField, item.title)
    return { ...given, ...parts(content), title, type: given.type ?? content.type }
  }

  /** A draft with the content of an item. */
  copyOf(id: number, { title, sectionId }: CopyInput): NewItem {
    const item = this.#store.item(id)
    const { type, payload, titleField, kept } = item
    const sectionIds = sectionId === undefined ? item.sectionIds : [sectionId]
    return {
      sectionId: sectionIds[0] ?? item.homeSectionId,
      sectionIds,
      title: title ?? `Copy of ${item.title}`.slice(0, LIMITS.titleLength),
      type,
      payload,
      titleField,
      kept,
    }
  }

  #assertUnlocked(itemId: number, user: string): void {
    const owners = this.#store.locks.of(itemId).map(({ owner }) => owner.name)
    const [first] = owners
    if (first === undefined || owners.includes(user)) return
    throw new MockServerError(
      'conflict',
      `item ${itemId} is locked by ${first}: release the lock, or save it as ${first}`,
    )
  }

  #read(given: GivenContent, publicationId: number, type: string): GivenPayload | undefined {
    const publication = this.#store.site.publication(publicationId).name
    return readGivenPayload(given, { publication, type }, this.#titleFieldName)
  }
}

/** [http §13.1.1] As `If-Match` does for the entry in the web service. */
function assertUnchanged({ id, changeId }: ContentItem, ifChange = changeId): void {
  if (ifChange === changeId) return
  throw new MockServerError(
    'precondition-failed',
    `item ${id} has changed: expected change ${ifChange}, and it is at ${changeId}; read it again`,
  )
}

function parts(content: GivenPayload | undefined): Pick<GivenPayload, 'titleField'> & {
  readonly payload?: string
} {
  return content === undefined
    ? { titleField: undefined }
    : { payload: content.payload, titleField: content.titleField }
}
