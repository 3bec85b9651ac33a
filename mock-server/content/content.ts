import { notFound } from '../errors.ts'
import { Binaries } from './binaries.ts'
import type { LogBook } from './changes/log-book.ts'
import type { LogRef } from './changes/log-ref.ts'
import type { ContentThing } from './content-piece.ts'
import type { ContentEffect } from './effect.ts'
import { lengthOf } from './item/content-length.ts'
import { Histories } from './item/histories.ts'
import type { ContentItem } from './item/item.ts'
import { LockTable } from './item/lock-table.ts'
import { Versions } from './item/versions.ts'
import type { Limits } from './limits.ts'
import type { Person } from './person.ts'
import { personLength } from './person.ts'
import { PersonRegister } from './person-register.ts'
import type { EffectSink } from './effect-sink.ts'
import type { Seed } from './seed.ts'
import { shiftChangeIds } from './seed.ts'
import type { Section } from './site/section.ts'
import { sectionLength } from './site/section.ts'
import type { LastSiteIds } from './site/site.ts'
import { Site } from './site/site.ts'

type Removal = Extract<ContentEffect, { readonly kind: 'removal' }>

export interface ContentDeps {
  readonly logs: LogBook
  readonly now: () => Date
  readonly limits: Limits
  readonly sink: EffectSink<ContentEffect>
  /** Limit of the bytes of all uploaded files. */
  readonly maxBinaryStoreBytes: number
}

/** The highest ids that there ever were. What is added gets ids above them. */
export interface LastIds {
  readonly item: number
  readonly person: number
  readonly lock: number
  readonly binary: number
  readonly site: LastSiteIds
}

/** The last ids of a store whose ids begin above `idBase`. */
export function idsAbove(idBase: number): LastIds {
  const ids = { item: idBase, person: idBase, lock: idBase, binary: idBase }
  const sections = { id: idBase, revision: idBase }
  return { ...ids, site: { sections, lists: { handle: idBase, revision: idBase } } }
}

/** Everything that is stored, and the rows of its logs. Only effects change it. */
export class Content {
  readonly site: Site
  readonly persons: PersonRegister
  readonly histories: Histories
  readonly versions: Versions
  readonly locks: LockTable
  readonly binaries: Binaries
  readonly #logs: LogBook
  readonly #items = new Map<number, ContentItem>()
  /** In ascending order. */
  readonly #itemIds: number[] = []
  #lastItemId: number
  /** Characters of all titles, payloads and names. */
  #length = 0

  /** The content of a seed, whose change ids are `shift` higher. */
  constructor(deps: ContentDeps, seed: Seed, last: LastIds, shift: number) {
    const { logs, now, limits, sink, maxBinaryStoreBytes: maxBytes } = deps
    this.#logs = logs
    this.site = new Site(seed, last.site)
    this.persons = new PersonRegister(last.person)
    this.histories = new Histories(limits.historyLines)
    this.versions = new Versions(limits.versionLength)
    this.locks = new LockTable(now, last.lock, sink, limits)
    this.binaries = new Binaries({ maxBytes, now, lastId: last.binary, limits, sink })
    this.#lastItemId = last.item
    this.#length = this.site.sections.reduce((sum, it) => sum + sectionLength(it), 0)
    const { items, persons } = shiftChangeIds(seed, shift)
    for (const item of items) this.#addSeedItem(item)
    for (const person of persons) {
      this.#putPerson(person)
      logs.seed(person.id, person.changeId, [{ scope: 'person', id: person.publicationId }])
    }
  }

  get lastIds(): LastIds {
    return {
      item: this.#lastItemId,
      person: this.persons.lastId,
      lock: this.locks.lastId,
      binary: this.binaries.lastId,
      site: this.site.lastIds,
    }
  }

  /** Characters of all titles, payloads and names. */
  get length(): number {
    return this.#length
  }

  get itemCount(): number {
    return this.#items.size
  }

  /** The first `count` items with an id above `id`, in the order of their ids. */
  itemsAfter(id: number, count: number): readonly ContentItem[] {
    const start = firstAbove(this.#itemIds, id)
    return this.#itemIds.slice(start, start + count).map((itemId) => this.item(itemId))
  }

  /** Items that are in one of the sections. */
  itemsIn(sectionIds: ReadonlySet<number>): readonly ContentItem[] {
    const items = [...this.#items.values()]
    return items.filter((item) => item.sectionIds.some((id) => sectionIds.has(id)))
  }

  hasItem(id: number): boolean {
    return this.#items.has(id)
  }

  item(id: number): ContentItem {
    const item = this.#items.get(id)
    if (item === undefined) throw notFound(`content item ${id}`)
    return item
  }

  /** The logs of the lists that hold an item. */
  listLogsOf(itemId: number): readonly LogRef[] {
    const lists = this.site.lists.all.filter(({ itemIds }) => itemIds.includes(itemId))
    return lists.map(({ id }) => ({ scope: 'list', id }) as const)
  }

  /** Applies an effect that is recorded already. Never fails: what it holds was checked before. */
  apply(effect: ContentEffect): void {
    switch (effect.kind) {
      case 'item':
        this.#keepVersion(effect.item.id)
        this.#putItem(effect.item)
        if (effect.line !== undefined) this.histories.record(effect.item.id, effect.line)
        return this.#logs.apply(effect.change)
      case 'person':
        this.#putPerson(effect.person)
        return this.#logs.apply(effect.change)
      case 'section':
        return this.#putSection(effect.section)
      case 'removal':
        return this.#remove(effect)
      case 'list':
        this.site.lists.put(effect.list)
        for (const change of effect.changes) this.#logs.apply(change)
        return
      case 'binary':
        return this.binaries.apply(effect)
      default:
        return this.locks.apply(effect)
    }
  }

  /** Copies everything but the rows: what is yielded is the content as it is now. */
  cut(): readonly ContentThing[] {
    const { tree, lists } = this.site
    const items = Array.from(this.#items.values(), (item) => {
      return { kind: 'item', item, lines: this.histories.of(item.id).lines } as const
    })
    return [
      ...tree.all.map((section) => ({ kind: 'section', section }) as const),
      { kind: 'subsections', revisions: tree.listRevisions },
      ...lists.all.map((list) => ({ kind: 'list', list }) as const),
      ...items,
      ...this.persons.all.map((person) => ({ kind: 'person', person }) as const),
      ...this.locks.all.map((lock) => ({ kind: 'lock', lock }) as const),
      ...this.binaries.all,
    ]
  }

  /** Adds a piece of an earlier content. */
  restore(piece: ContentThing): void {
    switch (piece.kind) {
      case 'item':
        this.#putItem(piece.item)
        return this.histories.restore(piece.item.id, piece.lines)
      case 'person':
        return this.#putPerson(piece.person)
      case 'section':
        return this.#putSection(piece.section)
      case 'subsections':
        return this.site.tree.restoreListRevisions(piece.revisions)
      case 'list':
        return this.site.lists.put(piece.list)
      case 'binary':
        return this.binaries.apply(piece)
      default:
        return this.locks.apply(piece)
    }
  }

  #remove({ sectionIds, itemIds }: Removal): void {
    for (const id of itemIds) {
      this.#length -= lengthOf(this.item(id))
      this.#items.delete(id)
      this.#itemIds.splice(firstAbove(this.#itemIds, id) - 1, 1)
      this.histories.forget(id)
      this.locks.forget(id)
    }
    this.versions.forget(new Set(itemIds))
    for (const id of sectionIds) this.#length -= sectionLength(this.site.section(id))
    this.site.tree.remove(sectionIds)
    this.#logs.remove(sectionIds, new Set(itemIds))
  }

  #addSeedItem(item: ContentItem): void {
    const { id, changeId, editedAt: at, author, state } = item
    this.#putItem(item)
    this.histories.record(id, { changeId, at, authorName: author.name, state })
    this.#logs.seed(id, changeId, [...this.site.logsOf(item.sectionIds), ...this.listLogsOf(id)])
  }

  #keepVersion(itemId: number): void {
    const before = this.#items.get(itemId)
    if (before !== undefined) this.versions.keep(before)
  }

  #putItem(item: ContentItem): void {
    const before = this.#items.get(item.id)
    this.#length += lengthOf(item) - (before === undefined ? 0 : lengthOf(before))
    this.#items.set(item.id, item)
    // New items have the highest id; only those of a seed may come in any order.
    if (before === undefined) this.#itemIds.splice(firstAbove(this.#itemIds, item.id), 0, item.id)
    this.#lastItemId = Math.max(this.#lastItemId, item.id)
  }

  #putPerson(person: Person): void {
    const before = this.persons.has(person.id) ? personLength(this.persons.get(person.id)) : 0
    this.#length += personLength(person) - before
    this.persons.put(person)
  }

  #putSection(section: Section): void {
    const { site } = this
    const before = site.hasSection(section.id) ? sectionLength(site.section(section.id)) : 0
    this.#length += sectionLength(section) - before
    site.putSection(section)
  }
}

/** Index of the first of the ascending ids that is above `id`. */
function firstAbove(ids: readonly number[], id: number): number {
  let low = 0
  let high = ids.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((ids[middle] ?? Infinity) <= id) low = middle + 1
    else high = middle
  }
  return low
}
