import { MockServerError, notFound } from '../errors.ts'
import { Binaries } from './binaries.ts'
import type { Change } from './changes/change.ts'
import { LogBook } from './changes/log-book.ts'
import { Histories } from './item/histories.ts'
import type { History } from './item/history.ts'
import type { Author, ContentItem, ItemPatch, ItemState, NewItem } from './item/item.ts'
import { isBesidePublished } from './item/item.ts'
import { lengthOf } from './item/content-length.ts'
import { newItem, patchedItem } from './item/item-patch.ts'
import { LockTable } from './item/lock-table.ts'
import type { Limits } from './limits.ts'
import { assertCount, assertLength, LIMITS } from './limits.ts'
import type { Person, PersonParts } from './person.ts'
import { BARE_PERSON, personLength } from './person.ts'
import { PersonRegister } from './person-register.ts'
import type { Seed } from './seed.ts'
import { shiftChangeIds } from './seed.ts'
import type { ListChange } from './site/list-pools.ts'
import type { NewSection, Section, SectionPatch } from './site/section.ts'
import { sectionLength } from './site/section.ts'
import type { SectionDraft } from './site/section-tree.ts'
import { Site } from './site/site.ts'
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
}

interface ItemCommit {
  readonly sectionIds: readonly number[]
  readonly author?: Author | undefined
  readonly stateBefore?: ItemState | undefined
}

/** The content of the Content Store. Each change is one commit to its logs. [protocol §1.1] */
export class ContentStore {
  readonly logs: LogBook
  readonly #deps: StoreDeps
  readonly #limits: Limits
  #site: Site
  #items = new Map<number, ContentItem>()
  #persons: PersonRegister
  #histories: Histories
  #locks: LockTable
  #binaries: Binaries
  #lastItemId: number
  /** Characters of all titles, payloads and names. */
  #contentLength = 0

  constructor(deps: StoreDeps) {
    this.#deps = deps
    this.#limits = deps.limits ?? LIMITS
    const { seed, now, idBase = 0 } = deps
    this.logs = new LogBook(idBase)
    this.#site = new Site(seed, {
      sections: { id: idBase, revision: idBase },
      lists: { handle: idBase, revision: idBase },
    })
    this.#locks = new LockTable(now, idBase)
    this.#histories = new Histories(this.#limits.historyLines)
    this.#binaries = this.#noBinaries(idBase)
    this.#lastItemId = idBase
    this.#persons = new PersonRegister(idBase)
    this.#load(idBase)
  }

  /**
   * Back to the seed: its content, no locks. No id is given a second time: the seed's rows follow
   * all earlier rows, so a client that lives on finds them by `previous`, and its ETags are stale.
   * Listeners of the logs stay.
   */
  reset(): void {
    this.logs.reset()
    this.#site = new Site(this.#deps.seed, this.#site.lastIds)
    this.#locks = new LockTable(this.#deps.now, this.#locks.lastId)
    this.#binaries = this.#noBinaries(this.#binaries.lastId)
    this.#load(this.logs.changeId)
  }

  /** Fills the store with the seed; its change ids are `shift` higher. */
  #load(shift: number): void {
    const seed = shiftChangeIds(this.#deps.seed, shift)
    this.#items = new Map()
    this.#persons = new PersonRegister(this.#persons.lastId)
    this.#contentLength = this.site.sections.reduce((sum, it) => sum + sectionLength(it), 0)
    for (const item of seed.items) this.#putItem(item)
    for (const person of seed.persons) this.#putPerson(person)
    this.#histories = new Histories(this.#limits.historyLines)
    for (const item of seed.items) {
      this.#histories.record(item, item.author, item.state)
      this.logs.seed(item.id, item.changeId, [
        ...this.site.logsOf(item.sectionIds),
        ...this.#listLogsOf(item.id),
      ])
    }
    for (const person of seed.persons) {
      this.logs.seed(person.id, person.changeId, [{ scope: 'person', id: person.publicationId }])
    }
  }

  get site(): Site {
    return this.#site
  }

  get locks(): LockTable {
    return this.#locks
  }

  get binaries(): Binaries {
    return this.#binaries
  }

  get itemCount(): number {
    return this.#items.size
  }

  now(): Date {
    return this.#deps.now()
  }

  item(id: number): ContentItem {
    const item = this.#items.get(id)
    if (item === undefined) throw notFound(`content item ${id}`)
    return item
  }

  hasItem(id: number): boolean {
    return this.#items.has(id)
  }

  history(itemId: number): History {
    return this.#histories.of(this.item(itemId).id)
  }

  person(id: number): Person {
    return this.#persons.get(id)
  }

  /** The person with this login name; without one, an author with that name and the id 0. */
  authorNamed(userName: string): Author {
    return this.#persons.authorNamed(userName)
  }

  /** Sections are structure, not content: they have no rows in logs. [protocol §1.1] */
  addSection(section: NewSection): Section {
    return this.#putSection(this.site.draftSection(section, this.#isoNow()), 0)
  }

  updateSection(id: number, patch: SectionPatch): Section {
    const before = this.site.section(id)
    const draft = this.site.patchedSection(id, patch, this.#isoNow())
    return this.#putSection(draft, sectionLength(before))
  }

  createItem(made: NewItem, author: Author): Change {
    const home = this.site.section(made.sectionId)
    assertTitle(made.title, 'the title')
    assertCount('items', this.#items.size + 1, this.#limits)
    const type = made.type ?? 'story'
    this.#assertType(type, home.publicationId)
    const sectionIds = [...new Set([home.id, ...(made.sectionIds ?? [])])]
    this.#assertSectionsOf(home.publicationId, sectionIds)
    const { publicationId } = home
    const id = this.#lastItemId + 1
    const item = newItem(made, { id, publicationId, sectionIds, type, author }, this.#isoNow())
    this.#lastItemId = item.id
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
    assertCount('persons', this.#persons.size + 1, this.#limits)
    const at = this.#isoNow()
    const person = {
      id: this.#persons.lastId + 1,
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
    const logs = [{ scope: 'list', id: list.id }] as const
    return itemIds.map((id) => {
      const subject = { kind: 'item', id } as const
      return this.logs.commit({ kind: 'listed', subject, at: list.editedAt, logs }, () => {})
    })
  }

  #putSection(draft: SectionDraft, lengthBefore: number): Section {
    const length = this.#contentLength + sectionLength(draft) - lengthBefore
    assertLength('contentLength', length, this.#limits)
    this.#contentLength = length
    return this.site.putSection(draft)
  }

  #commitItem(
    kind: Change['kind'],
    item: Omit<ContentItem, 'changeId'>,
    { sectionIds, author = item.author, stateBefore }: ItemCommit,
  ): Change {
    assertLength('contentLength', this.#contentLength + lengthOf(item), this.#limits)
    const logs = [...this.site.logsOf(sectionIds), ...this.#listLogsOf(item.id)]
    const subject = { kind: 'item', id: item.id } as const
    return this.logs.commit({ kind, subject, at: item.editedAt, logs }, (changeId) => {
      const committed = { ...item, changeId }
      this.#putItem(committed)
      // Its edits are recorded when they are published.
      if (!isBesidePublished(item.state))
        this.#histories.record(committed, author, item.state === stateBefore ? null : item.state)
    })
  }

  #noBinaries(lastId: number): Binaries {
    const { now, maxBinaryStoreBytes: maxBytes = 134_217_728 } = this.#deps
    return new Binaries({ maxBytes, now, lastId })
  }

  #commitPerson(kind: Change['kind'], person: Omit<Person, 'changeId'>): Change {
    assertLength('contentLength', this.#contentLength + personLength(person), this.#limits)
    const subject = { kind: 'person', id: person.id } as const
    const logs = [{ scope: 'person', id: person.publicationId }] as const
    return this.logs.commit({ kind, subject, at: person.editedAt, logs }, (changeId) => {
      this.#putPerson({ ...person, changeId })
    })
  }

  #putItem(item: ContentItem): void {
    const before = this.#items.get(item.id)
    this.#contentLength += lengthOf(item) - (before === undefined ? 0 : lengthOf(before))
    this.#items.set(item.id, item)
    this.#lastItemId = Math.max(this.#lastItemId, item.id)
  }

  #putPerson(person: Person): void {
    const before = this.#persons.has(person.id) ? personLength(this.person(person.id)) : 0
    this.#contentLength += personLength(person) - before
    this.#persons.put(person)
  }

  #listLogsOf(itemId: number) {
    const lists = this.site.lists.all.filter(({ itemIds }) => itemIds.includes(itemId))
    return lists.map(({ id }) => ({ scope: 'list', id }) as const)
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
