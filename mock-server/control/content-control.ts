import type { Change } from '../content/changes/change.ts'
import type { Author, ContentItem } from '../content/item/item.ts'
import { assertCount } from '../content/limits.ts'
import type { NewSection } from '../content/site/section.ts'
import type { ContentStore } from '../content/store.ts'
import type { Settings } from '../knobs.ts'
import type { StreamHub } from '../sse/stream-hub.ts'
import type { GenerateDeps, GenerateReport, GenerateRequest } from './generate-items.ts'
import { generateItems } from './generate-items.ts'
import { ItemEditing } from './item-editing.ts'
import type { CopyInput, ItemInput, ItemInputPatch } from './item-input.ts'
import { ItemInputs } from './item-input.ts'
import type {
  ChangeReport,
  ItemPage,
  ItemReport,
  ListReport,
  SectionReport,
  VersionReport,
} from './reports.ts'
import { changeReport, listedItem, sectionReport, versionReport } from './reports.ts'

/** Which page of the items. */
export interface ItemsRequest {
  readonly after?: number | undefined
  readonly count?: number | undefined
}

interface ContentControlDeps {
  readonly store: ContentStore
  readonly hub: StreamHub
  readonly settings: Settings
}

const EDITOR = { personId: 7, name: 'Test Editor' }

/** The part of the control operations that reads and changes content. */
export class ContentControl {
  /** Transitions and locks of items. */
  readonly editing: ItemEditing
  readonly #store: ContentStore
  readonly #hub: StreamHub
  readonly #settings: Settings
  readonly #inputs: ItemInputs

  constructor({ store, hub, settings }: ContentControlDeps) {
    this.#store = store
    this.#hub = hub
    this.#settings = settings
    this.#inputs = new ItemInputs(store, settings.titleField)
    this.editing = new ItemEditing(store, settings.login.name)
  }

  sections(): readonly SectionReport[] {
    return this.#store.site.sections.map(sectionReport)
  }

  /**
   * `count` sections with consecutive ids, default one. `name` is numbered when there are several.
   */
  addSections(
    section: NewSection & { readonly count?: number | undefined } = {},
  ): readonly SectionReport[] {
    const { count = 1, name, ...rest } = section
    assertCount('sections', this.#store.site.sectionCount + count)
    return Array.from({ length: count }, (_, index) => {
      const numbered = name === undefined || count === 1 ? name : `${name} ${index + 1}`
      return sectionReport(this.#store.addSection({ ...rest, name: numbered }))
    })
  }

  /** Renames a section. Sections are structure: no change is announced. */
  updateSection(id: number, { name }: { readonly name: string }): SectionReport {
    return sectionReport(this.#store.updateSection(id, { name }))
  }

  /**
   * Removes sections that were added, from `first` on, with their items. No change is announced.
   * Throws `not-found`, and `conflict` when something else needs one of them.
   */
  removeSections(first: number, count = 1): { readonly removed: number } {
    this.#store.removeSections(Array.from({ length: count }, (_, index) => first + index))
    return { removed: count }
  }

  lists(): readonly ListReport[] {
    return this.#store.site.lists.all.map(({ id, sectionId, kind, name, itemIds }) => {
      return { id, sectionId, kind, name, itemIds }
    })
  }

  /** Replaces what a list holds; each added or removed item is a change of the list's log. */
  setListItems(listId: number, itemIds: readonly number[]): readonly ChangeReport[] {
    return this.#store.setListItems(listId, itemIds).map((change) => this.#changeReport(change))
  }

  /** One page of the items whose ids are above `after`; `count` is 100 by default. */
  items({ after = 0, count = 100 }: ItemsRequest = {}): ItemPage {
    const items = this.#store.itemsAfter(after, count + 1)
    const page = items.slice(0, count)
    const next = items.length > count ? (page.at(-1)?.id ?? null) : null
    return { items: page.map(listedItem), total: this.#store.itemCount, next }
  }

  item(id: number): ContentItem {
    return this.#store.item(id)
  }

  /** Content is read as the web service reads it: throws `bad-entry` and `bad-text`. */
  createItem(item: ItemInput): ItemReport {
    const author = this.#authorNamed(item.as) ?? EDITOR
    return this.#report(this.#store.createItem(this.#inputs.newItem(item), author))
  }

  /**
   * Throws `precondition-failed` for an item that is no longer at `ifChange`, and `conflict` for one
   * that is locked by others than `as`.
   */
  updateItem(id: number, patch: ItemInputPatch): ItemReport {
    const author = this.#authorNamed(patch.as)
    return this.#report(this.#store.updateItem(id, this.#inputs.patch(id, patch), author))
  }

  /** Creates a draft with the content of an item. */
  duplicateItem(id: number, copy: CopyInput = {}): ItemReport {
    return this.#report(this.#store.createItem(this.#inputs.copyOf(id, copy), EDITOR))
  }

  /** The version that an item is at, and the earlier ones that are kept, newest first. */
  itemVersions(id: number): readonly VersionReport[] {
    const { lines } = this.#store.history(id)
    const editors = new Map(lines.map(({ changeId, authorName }) => [changeId, authorName]))
    const all = [this.#store.item(id), ...this.#store.versions(id)]
    return all.map((version) => versionReport(version, editors.get(version.changeId) ?? null))
  }

  /** Gives an item the title, the type and the content that it had. State and sections stay. */
  revertItem(id: number, changeId: number): ItemReport {
    const { title, type, payload, titleField, kept } = this.#store.version(id, changeId)
    return this.#report(this.#store.updateItem(id, { title, type, payload, titleField, kept }))
  }

  /** Creates up to 10,000 items, drawn by a seed. Each is a change that every client sees. */
  async generateItems(request: GenerateRequest, signal?: AbortSignal): Promise<GenerateReport> {
    const create: GenerateDeps['create'] = (item) => {
      const { id, subject } = this.#store.createItem(item, EDITOR)
      return { itemId: subject.id, changeId: id }
    }
    const { titleField, maxStreamBufferBytes } = this.#settings
    const deps = { store: this.#store, hub: this.#hub, titleField, maxStreamBufferBytes, create }
    return generateItems(deps, request, signal)
  }

  publishItem(id: number): ItemReport {
    return this.#report(this.#store.updateItem(id, { state: 'published' }))
  }

  deleteItem(id: number): ItemReport {
    return this.#report(this.#store.deleteItem(id))
  }

  #authorNamed(user: string | undefined): Author | undefined {
    return user === undefined ? undefined : this.#store.authorNamed(user)
  }

  #report(change: Change): ItemReport {
    return { item: this.#store.item(change.subject.id), change: this.#changeReport(change) }
  }

  #changeReport(change: Change): ChangeReport {
    return changeReport(change, this.#settings.announce)
  }
}
