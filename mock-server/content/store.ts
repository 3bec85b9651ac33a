import { MockServerError, notFound } from '../errors.ts'
import type { Binaries } from './binaries.ts'
import type { Change } from './changes/change.ts'
import { LogBook } from './changes/log-book.ts'
import type { LogRef } from './changes/log-ref.ts'
import type { ContentDeps } from './content.ts'
import { Content, idsAbove } from './content.ts'
import type { ContentPiece } from './content-piece.ts'
import { piecesOf } from './content-piece.ts'
import type { ContentEffect } from './effect.ts'
import { changesOf } from './effect.ts'
import type { History } from './item/history.ts'
import type { Author, ContentItem, ItemPatch, ItemState, NewItem } from './item/item.ts'
import { isBesidePublished } from './item/item.ts'
import { lengthOf } from './item/content-length.ts'
import { newItem, patchedItem } from './item/item-patch.ts'
import type { LockTable } from './item/lock-table.ts'
import type { Limits } from './limits.ts'
import { assertCount, assertLength, LIMITS } from './limits.ts'
import type { Person, PersonParts } from './person.ts'
import { BARE_PERSON, personLength } from './person.ts'
import type { EffectSink } from './effect-sink.ts'
import { IN_MEMORY } from './effect-sink.ts'
import type { Seed } from './seed.ts'
import type { ListChange } from './site/list-pools.ts'
import type { NewSection, Section, SectionPatch } from './site/section.ts'
import { sectionLength } from './site/section.ts'
import type { Site } from './site/site.ts'
import { assertRemovable } from './site/removable.ts'
import { assertXmlText } from './xml-text.ts'

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

interface ItemCommit {
  readonly sectionIds: readonly number[]
  readonly author?: Author | undefined
  readonly stateBefore?: ItemState | undefined
}

/**
 * The content of the Content Store. A method that changes it checks everything first, and then
 * commits one effect: recorded, applied with its rows, announced. [protocol §1.1]
 */
export class ContentStore {
  readonly logs: LogBook
  readonly #seed: Seed
  readonly #deps: ContentDeps
  #content: Content

  constructor(deps: StoreDeps) {
    const { seed, now, limits = LIMITS, idBase = 0, maxBinaryStoreBytes = 134_217_728 } = deps
    this.logs = new LogBook(idBase)
    this.#seed = seed
    const { sink = IN_MEMORY } = deps
    this.#deps = { logs: this.logs, now, limits, sink, maxBinaryStoreBytes }
    this.#content = new Content(this.#deps, seed, idsAbove(idBase), idBase)
  }

  /**
   * Back to the seed: its content, no locks. No id is given a second time: the seed's rows follow
   * all earlier rows, so a client that lives on finds them by `previous`, and its ETags are stale.
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

  person(id: number): Person {
    return this.#content.persons.get(id)
  }

  /** The person with this login name; without one, an author with that name and the id 0. */
  authorNamed(userName: string): Author {
    return this.#content.persons.authorNamed(userName)
  }

  addSection(section: NewSection): Section {
    return this.#commitSection(this.site.draftSection(section, this.#isoNow()), 0)
  }

  updateSection(id: number, patch: SectionPatch): Section {
    const before = sectionLength(this.site.section(id))
    return this.#commitSection(this.site.patchedSection(id, patch, this.#isoNow()), before)
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
    this.#commit({ kind: 'removal', sectionIds: ids, itemIds: items.map(({ id }) => id) })
  }

  createItem(made: NewItem, author: Author): Change {
    const home = this.site.section(made.sectionId)
    assertTitle(made.title, 'the title')
    assertCount('items', this.itemCount + 1, this.#deps.limits)
    const type = made.type ?? 'story'
    this.#assertType(type, home.publicationId)
    const sectionIds = [...new Set([home.id, ...(made.sectionIds ?? [])])]
    this.#assertSectionsOf(home.publicationId, sectionIds)
    const { publicationId } = home
    const id = this.#content.lastIds.item + 1
    const item = newItem(made, { id, publicationId, sectionIds, type, author }, this.#isoNow())
    return this.#commitItem('created', item, { sectionIds: item.sectionIds, author })
  }

  /** `author` is recorded in the item's history; the item keeps its own author. */
  updateItem(id: number, patch: ItemPatch, author?: Author): Change {
    const before = this.item(id)
    const sectionIds = patch.sectionIds ?? before.sectionIds
    this.#assertSectionsOf(before.publicationId, sectionIds)
    if (patch.title !== undefined) assertTitle(patch.title, 'the title')
    if (patch.type !== undefined) this.#assertType(patch.type, before.publicationId)
    const item = patchedItem(before, patch, this.#isoNow())
    // A section that loses the item has changed too, so its log gets the row as well.
    const allSectionIds = [...new Set([...sectionIds, ...before.sectionIds])]
    return this.#commitItem('updated', item, {
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
    return this.#commitItem('deleted', item, { sectionIds: item.sectionIds, author })
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
    return this.#commitPerson('created', person)
  }

  updatePerson(id: number, parts: PersonParts): Change {
    assertTitle(parts.name, 'the name')
    return this.#commitPerson('updated', {
      ...this.person(id),
      ...parts,
      editedAt: this.#isoNow(),
    })
  }

  deletePerson(id: number): Change {
    const before = this.person(id)
    if (before.isDeleted) throw notFound(`person ${id}: it is deleted`)
    return this.#commitPerson('deleted', { ...before, isDeleted: true, editedAt: this.#isoNow() })
  }

  /** Replaces what a list holds. Each added or removed item moves to the top of the list's log. */
  setListItems(listId: number, itemIds: readonly number[]): readonly Change[] {
    const list = this.site.lists.get(listId)
    for (const id of itemIds) this.item(id)
    return this.#commitList(this.site.lists.replace(list, itemIds, this.#isoNow()))
  }

  /**
   * Inserts items at the place `index` of a list, from 0. Each moves to the top of the list's log.
   */
  insertIntoList(listId: number, index: number, itemIds: readonly number[]): readonly Change[] {
    const list = this.site.lists.get(listId)
    for (const id of itemIds) this.item(id)
    return this.#commitList(this.site.lists.insert(list, index, itemIds, this.#isoNow()))
  }

  /** Moves an entry of a list to `position`, from 1, and pins it there or not. */
  placeInList(handle: number, position: number, isPinned: boolean): readonly Change[] {
    return this.#commitList(this.site.lists.place(handle, position, isPinned, this.#isoNow()))
  }

  removeFromList(handle: number): readonly Change[] {
    return this.#commitList(this.site.lists.remove(handle, this.#isoNow()))
  }

  #commitList({ list, itemIds }: ListChange): readonly Change[] {
    const logs: readonly LogRef[] = [{ scope: 'list', id: list.id }]
    const drafts = itemIds.map((id) => {
      return { kind: 'listed', subject: { kind: 'item', id }, at: list.editedAt, logs } as const
    })
    const changes = this.logs.draft(drafts)
    this.#commit({ kind: 'list', list, changes })
    return changes
  }

  #commitSection(section: Section, lengthBefore: number): Section {
    this.#assertRoom(sectionLength(section) - lengthBefore)
    this.#commit({ kind: 'section', section })
    return section
  }

  #commitItem(
    kind: Change['kind'],
    item: Omit<ContentItem, 'changeId'>,
    { sectionIds, author = item.author, stateBefore }: ItemCommit,
  ): Change {
    this.#assertRoom(lengthOf(item))
    const { id, editedAt: at } = item
    const logs = [...this.site.logsOf(sectionIds), ...this.#content.listLogsOf(id)]
    const change = this.#draft({ kind, subject: { kind: 'item', id }, at, logs })
    const state = item.state === stateBefore ? null : item.state
    const line = { changeId: change.id, at, authorName: author.name, state }
    this.#commit({
      kind: 'item',
      item: { ...item, changeId: change.id },
      change,
      // The edits beside a published version are recorded when they are published.
      line: isBesidePublished(item.state) ? undefined : line,
    })
    return change
  }

  #commitPerson(kind: Change['kind'], person: Omit<Person, 'changeId'>): Change {
    this.#assertRoom(personLength(person))
    const { id, publicationId, editedAt: at } = person
    const logs = [{ scope: 'person', id: publicationId }] as const
    const change = this.#draft({ kind, subject: { kind: 'person', id }, at, logs })
    this.#commit({ kind: 'person', person: { ...person, changeId: change.id }, change })
    return change
  }

  #draft(draft: Omit<Change, 'id'>): Change {
    const [change] = this.logs.draft([draft])
    if (change === undefined) throw new Error('one draft makes one change')
    return change
  }

  /** Listeners are called when the effect is safe. [protocol §3.3] */
  #commit(effect: ContentEffect): void {
    const { sink } = this.#deps
    sink.record(effect)
    this.#content.apply(effect)
    const changes = changesOf(effect)
    if (changes.length > 0)
      sink.whenSafe(() => changes.forEach((change) => this.logs.announce(change)))
  }

  #assertRoom(length: number): void {
    assertLength('contentLength', this.#content.length + length, this.#deps.limits)
  }

  #assertSectionsOf(publicationId: number, sectionIds: readonly number[]): void {
    const publication = this.site.publication(publicationId)
    for (const id of sectionIds) {
      if (!this.site.hasSection(id))
        throw new MockServerError('bad-request', `section ${id} does not exist`)
      if (this.site.section(id).publicationId === publication.id) continue
      throw new MockServerError(
        'bad-request',
        `section ${id} doesn't belong to publication '${publication.name}'`,
      )
    }
  }

  #assertType(type: string, publicationId: number): void {
    const { contentTypes, name } = this.site.publication(publicationId)
    if (contentTypes.includes(type)) return
    const known = contentTypes.join(', ')
    throw new MockServerError(
      'bad-request',
      `publication '${name}' has the content types ${known}, and no "${type}"`,
    )
  }

  #isoNow(): string {
    return this.now().toISOString()
  }
}

function assertTitle(text: string, what: string): void {
  assertLength('titleLength', text.length)
  assertXmlText(text, what)
}
