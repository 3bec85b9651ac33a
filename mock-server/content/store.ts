import { notFound } from '../errors.ts'
import type { Binaries } from './binaries.ts'
import type { Change } from './changes/change.ts'
import { LogBook } from './changes/log-book.ts'
import { Commits } from './commits.ts'
import type { ContentDeps } from './content.ts'
import { Content, idsAbove } from './content.ts'
import type { ContentPiece } from './content-piece.ts'
import { piecesOf } from './content-piece.ts'
import type { ContentEffect } from './effect.ts'
import { changesOf } from './effect.ts'
import type { History } from './item/history.ts'
import type { Author, ContentItem, ItemPatch, NewItem } from './item/item.ts'
import { newItem, patchedItem } from './item/item-patch.ts'
import type { LockTable } from './item/lock-table.ts'
import type { Limits } from './limits.ts'
import { assertCount, LIMITS } from './limits.ts'
import type { Person, PersonParts } from './person.ts'
import { BARE_PERSON } from './person.ts'
import type { EffectSink } from './effect-sink.ts'
import { IN_MEMORY } from './effect-sink.ts'
import type { Seed } from './seed.ts'
import { assertSectionsOf, assertType } from './site/publication-rules.ts'
import type { NewSection, Section, SectionPatch } from './site/section.ts'
import { sectionLength } from './site/section.ts'
import type { Site } from './site/site.ts'
import { assertRemovable } from './site/removable.ts'
import { assertTitle } from './title.ts'

export interface StoreDeps {
  readonly seed: Seed
  readonly now: () => Date
  /** Default: `LIMITS`. */
  readonly limits?: Limits | undefined
  /**
   * Default 0: ids begin where the seed's end, the same at every start. Above 0: change ids begin
   * this much higher, and what clients create gets ids above it.
   */
  readonly idBase?: number | undefined
  /** Limit of the bytes of all uploaded files. Default 128 MiB. */
  readonly maxBinaryStoreBytes?: number | undefined
  /** Keeps what clients change. Default: nothing does. */
  readonly sink?: EffectSink<ContentEffect> | undefined
}

/**
 * The content of the Content Store. A method that changes it checks everything first, and then
 * commits one effect: recorded, applied with its rows, announced. [protocol §1.1]
 */
export class ContentStore {
  readonly logs: LogBook
  readonly #seed: Seed
  readonly #deps: ContentDeps
  readonly #commits: Commits
  #content: Content

  constructor(deps: StoreDeps) {
    const { seed, now, limits = LIMITS, idBase = 0, maxBinaryStoreBytes = 134_217_728 } = deps
    this.logs = new LogBook(idBase)
    this.#seed = seed
    const { sink = IN_MEMORY } = deps
    this.#deps = { logs: this.logs, now, limits, sink, maxBinaryStoreBytes }
    this.#content = new Content(this.#deps, seed, idsAbove(idBase), idBase)
    this.#commits = new Commits({ logs: this.logs, limits, sink, content: () => this.#content })
  }

  /**
   * Back to the seed: its content, no locks. No id is given a second time: the seed's rows follow
   * all earlier rows, so a client that keeps polling finds them by `previous`, and its ETags are stale.
   * Listeners of the logs stay.
   */
  reset(): void {
    this.logs.reset()
    const { lastIds } = this.#content
    this.#content = new Content(this.#deps, this.#seed, lastIds, this.logs.changeId)
  }

  /**
   * A copy of everything as it is now, cheap to take. Its pieces are made when they are read, up to
   * any later time.
   */
  cut(): Iterable<ContentPiece> {
    const { publications } = this.site
    const { numbers, rows, changes } = this.logs.cut()
    const base = {
      kind: 'base',
      publications,
      lastIds: this.#content.lastIds,
      logs: numbers,
    } as const
    return piecesOf(base, this.#content.cut(), rows, changes)
  }

  /** Replaces everything with what was cut. Listeners of the logs stay, and are not called. */
  restore(pieces: Iterable<ContentPiece>): void {
    for (const piece of pieces) {
      if (piece.kind === 'base') {
        const { publications, lastIds, logs } = piece
        const seed = { publications, sections: [], lists: [], items: [], persons: [] }
        this.logs.restore(logs)
        this.#content = new Content(this.#deps, seed, lastIds, 0)
      } else if (piece.kind === 'rows') this.logs.restoreRows(piece.log, piece.rows)
      else if (piece.kind === 'changes') this.logs.restoreChanges(piece.changes)
      else this.#content.restore(piece)
    }
  }

  /** Applies an effect of an earlier run. It is not recorded again. */
  replay(effect: ContentEffect): void {
    this.#content.apply(effect)
    for (const change of changesOf(effect)) this.logs.announce(change)
  }

  get site(): Site {
    return this.#content.site
  }

  get locks(): LockTable {
    return this.#content.locks
  }

  get binaries(): Binaries {
    return this.#content.binaries
  }

  get itemCount(): number {
    return this.#content.itemCount
  }

  now(): Date {
    return this.#deps.now()
  }

  item(id: number): ContentItem {
    return this.#content.item(id)
  }

  /** The first `count` items with an id above `id`, in the order of their ids. */
  itemsAfter(id: number, count: number): readonly ContentItem[] {
    return this.#content.itemsAfter(id, count)
  }

  hasItem(id: number): boolean {
    return this.#content.hasItem(id)
  }

  history(itemId: number): History {
    return this.#content.histories.of(this.item(itemId).id)
  }

  /** Earlier versions of an item, newest first, as far as they are kept. */
  versions(itemId: number): readonly ContentItem[] {
    return this.#content.versions.of(this.item(itemId).id)
  }

  /** Throws `not-found` for a version that is not kept. */
  version(itemId: number, changeId: number): ContentItem {
    return this.#content.versions.get(this.item(itemId).id, changeId)
  }

  person(id: number): Person {
    return this.#content.persons.get(id)
  }

  /** The person with this login name; without one, an author with that name and the id 0. */
  authorNamed(userName: string): Author {
    return this.#content.persons.authorNamed(userName)
  }

  addSection(section: NewSection): Section {
    return this.#commits.section(this.site.draftSection(section, this.#isoNow()), 0)
  }

  updateSection(id: number, patch: SectionPatch): Section {
    const before = sectionLength(this.site.section(id))
    return this.#commits.section(this.site.patchedSection(id, patch, this.#isoNow()), before)
  }

  /**
   * Removes sections with their items, as if they had never been there: the opposite of what
   * editors do, for a test that cleans up. No change is announced. Throws `not-found`, and
   * `conflict` when something else needs one of them.
   */
  removeSections(ids: readonly number[]): void {
    const sectionIds = new Set(ids)
    const items = this.#content.itemsIn(sectionIds)
    assertRemovable(this.site, sectionIds, items)
    this.#commits.effect({ kind: 'removal', sectionIds: ids, itemIds: items.map(({ id }) => id) })
  }

  /** Throws `limit-reached` when so many further items do not fit. */
  assertRoom(items: number): void {
    assertCount('items', this.itemCount + items, this.#deps.limits)
  }

  createItem(made: NewItem, author: Author): Change {
    const home = this.site.section(made.sectionId)
    assertTitle(made.title, 'the title')
    this.assertRoom(1)
    const type = made.type ?? 'story'
    assertType(this.site, home.publicationId, type)
    const sectionIds = [...new Set([home.id, ...(made.sectionIds ?? [])])]
    assertSectionsOf(this.site, home.publicationId, sectionIds)
    const { publicationId } = home
    const id = this.#content.lastIds.item + 1
    const item = newItem(made, { id, publicationId, sectionIds, type, author }, this.#isoNow())
    return this.#commits.item('created', item, { sectionIds: item.sectionIds, author })
  }

  /** `author` is recorded in the item's history; the item keeps its own author. */
  updateItem(id: number, patch: ItemPatch, author?: Author): Change {
    const before = this.item(id)
    const sectionIds = patch.sectionIds ?? before.sectionIds
    assertSectionsOf(this.site, before.publicationId, sectionIds)
    if (patch.title !== undefined) assertTitle(patch.title, 'the title')
    if (patch.type !== undefined) assertType(this.site, before.publicationId, patch.type)
    const item = patchedItem(before, patch, this.#isoNow())
    // A section that loses the item has changed too, so its log gets the row as well.
    const allSectionIds = [...new Set([...sectionIds, ...before.sectionIds])]
    return this.#commits.item('updated', item, {
      sectionIds: allSectionIds,
      author,
      stateBefore: before.state,
    })
  }

  /** The item stays, in state `deleted`, and moves to the top of its logs. [protocol §2.4] */
  deleteItem(id: number, author?: Author): Change {
    const before = this.item(id)
    if (before.state === 'deleted') throw notFound(`content item ${id}: it is deleted`)
    const item = { ...before, state: 'deleted', editedAt: this.#isoNow() } as const
    return this.#commits.item('deleted', item, { sectionIds: item.sectionIds, author })
  }

  createPerson(publicationId: number, parts: PersonParts, userName: string | null = null): Change {
    this.site.publication(publicationId)
    assertTitle(parts.name, 'the name')
    const { persons } = this.#content
    assertCount('persons', persons.size + 1, this.#deps.limits)
    const at = this.#isoNow()
    const person = {
      id: persons.lastId + 1,
      publicationId,
      ...BARE_PERSON,
      ...parts,
      userName,
      isDeleted: false,
      createdAt: at,
      editedAt: at,
    }
    return this.#commits.person('created', person)
  }

  updatePerson(id: number, parts: PersonParts): Change {
    assertTitle(parts.name, 'the name')
    return this.#commits.person('updated', {
      ...this.person(id),
      ...parts,
      editedAt: this.#isoNow(),
    })
  }

  deletePerson(id: number): Change {
    const before = this.person(id)
    if (before.isDeleted) throw notFound(`person ${id}: it is deleted`)
    return this.#commits.person('deleted', { ...before, isDeleted: true, editedAt: this.#isoNow() })
  }

  /** Replaces what a list holds. Each added or removed item moves to the top of the list's log. */
  setListItems(listId: number, itemIds: readonly number[]): readonly Change[] {
    const list = this.site.lists.get(listId)
    for (const id of itemIds) this.item(id)
    return this.#commits.list(this.site.lists.replace(list, itemIds, this.#isoNow()))
  }

  /**
   * Inserts items at the place `index` of a list, from 0. Each moves to the top of the list's log.
   */
  insertIntoList(listId: number, index: number, itemIds: readonly number[]): readonly Change[] {
    const list = this.site.lists.get(listId)
    for (const id of itemIds) this.item(id)
    return this.#commits.list(this.site.lists.insert(list, index, itemIds, this.#isoNow()))
  }

  /** Moves an entry of a list to `position`, from 1, and pins it there or not. */
  placeInList(handle: number, position: number, isPinned: boolean): readonly Change[] {
    return this.#commits.list(this.site.lists.place(handle, position, isPinned, this.#isoNow()))
  }

  removeFromList(handle: number): readonly Change[] {
    return this.#commits.list(this.site.lists.remove(handle, this.#isoNow()))
  }

  #isoNow(): string {
    return this.now().toISOString()
  }
}
