import { MockServerError } from '../errors.ts'
import type { Change } from './change.ts'
import { ChangeJournal } from './change-journal.ts'
import { ChangeLog } from './change-log.ts'
import type { Author, ContentItem, ItemPatch, NewItem } from './item.ts'
import { isDraft } from './item.ts'
import type { ChangedLog, LogRef } from './log-ref.ts'
import type { NewSection, Publication, Section } from './section.ts'
import type { Seed } from './seed.ts'
import { assertXmlText } from './xml-text.ts'

/** Gaps between change ids, in turn: ids are sparse so that no client comes to rely on `id + 1`. [protocol §1.3] */
const CHANGE_ID_GAPS = [3, 1, 7, 2, 5] as const

export interface StoreDeps {
  readonly seed: Seed
  readonly now: () => Date
}

/**
 * Everything that the Content Store holds, as a log: an item's latest change is a row in each change log that it
 * belongs to. A change is committed whole (item, rows, journal) before any listener hears of it. [protocol §3.3]
 */
export class ContentStore {
  readonly #deps: StoreDeps
  readonly #listeners = new Set<(change: Change) => void>()
  #publications = new Map<number, Publication>()
  #sections = new Map<number, Section>()
  #items = new Map<number, ContentItem>()
  #logs = new Map<string, ChangeLog>()
  #journal = new ChangeJournal()
  #changeId = 0
  #commits = 0
  #lastItemId = 0
  #lastSectionId = 0

  constructor(deps: StoreDeps) {
    this.#deps = deps
    this.reset()
  }

  /** Back to the seed: content, change ids, item ids. Listeners stay. */
  reset(): void {
    const { publications, sections, items } = this.#deps.seed
    this.#publications = new Map(publications.map((publication) => [publication.id, publication]))
    this.#sections = new Map(sections.map((section) => [section.id, section]))
    this.#items = new Map(items.map((item) => [item.id, item]))
    this.#logs = new Map()
    this.#journal = new ChangeJournal()
    for (const item of items) this.#putRows(item.id, item.changeId, this.#logsOf(item.sectionIds))
    this.#changeId = items.at(-1)?.changeId ?? 0
    this.#commits = 0
    this.#lastItemId = Math.max(0, ...this.#items.keys())
    this.#lastSectionId = Math.max(0, ...this.#sections.keys())
  }

  /** Id of the newest change. */
  get changeId(): number {
    return this.#changeId
  }

  get itemCount(): number {
    return this.#items.size
  }

  get publications(): readonly Publication[] {
    return [...this.#publications.values()]
  }

  get sections(): readonly Section[] {
    return [...this.#sections.values()]
  }

  now(): Date {
    return this.#deps.now()
  }

  /** Called after each commit, in the order of change ids. Returns a function that ends it. */
  onCommit(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  publication(id: number): Publication {
    const publication = this.#publications.get(id)
    if (publication === undefined) throw notFound(`publication ${id}`)
    return publication
  }

  publicationNamed(name: string): Publication | undefined {
    return this.publications.find((publication) => publication.name === name)
  }

  section(id: number): Section {
    const section = this.#sections.get(id)
    if (section === undefined) throw notFound(`section ${id}`)
    return section
  }

  item(id: number): ContentItem {
    const item = this.#items.get(id)
    if (item === undefined) throw notFound(`content item ${id}`)
    return item
  }

  /** The section whose access definition governs `section`: itself, or the nearest ancestor with one of its own. */
  governingSection(section: Section): Section {
    let governing = section
    while (governing.inheritsAccess && governing.parentId !== null)
      governing = this.section(governing.parentId)
    return governing
  }

  /** The log of a publication, of persons, or of one section's own items; empty if nothing was ever put there. */
  log(ref: LogRef): ChangeLog {
    return this.#logs.get(`${ref.kind}/${ref.id}`) ?? new ChangeLog()
  }

  /** The log of the protection domain that `section` belongs to. [protocol §1.2] */
  domainLog(section: Section): ChangeLog {
    return this.#logs.get(`domain/${this.governingSection(section).id}`) ?? new ChangeLog()
  }

  /** Changes after `changeId`, oldest first. Throws `evicted` when the journal no longer holds them all. */
  changesSince(changeId: number): readonly Change[] {
    return this.#journal.since(changeId)
  }

  addSection({ parentId, name, inheritsAccess = true }: NewSection): Section {
    const parent = parentId === undefined ? this.#firstRootSection() : this.section(parentId)
    if (name !== undefined) assertXmlText(name, 'the section name')
    const id = this.#lastSectionId + 1
    const section: Section = {
      id,
      publicationId: parent.publicationId,
      parentId: parent.id,
      name: name ?? `Section ${id}`,
      directoryName: `section-${id}`,
      inheritsAccess,
      createdAt: this.#deps.now().toISOString(),
    }
    this.#lastSectionId = id
    this.#sections.set(id, section)
    return section
  }

  createItem(made: NewItem, author: Author): Change {
    const home = this.section(made.sectionId)
    assertXmlText(made.title, 'the title')
    const at = this.#deps.now().toISOString()
    const state = made.state ?? 'draft'
    const item: ContentItem = {
      id: this.#lastItemId + 1,
      changeId: this.#nextChangeId(),
      publicationId: home.publicationId,
      homeSectionId: home.id,
      sectionIds: [home.id],
      type: made.type ?? 'story',
      title: made.title,
      state,
      payload: made.payload ?? null,
      author,
      createdAt: at,
      editedAt: at,
      firstPublishedAt: isDraft(state) ? null : at,
      publishedAt: isDraft(state) ? null : at,
    }
    this.#lastItemId = item.id
    return this.#commit('created', item, item.sectionIds)
  }

  updateItem(id: number, patch: ItemPatch): Change {
    const before = this.item(id)
    const sectionIds = patch.sectionIds ?? before.sectionIds
    this.#assertSectionsOf(before, sectionIds)
    if (patch.title !== undefined) assertXmlText(patch.title, 'the title')
    const at = this.#deps.now().toISOString()
    const state = patch.state ?? before.state
    const item: ContentItem = {
      ...before,
      changeId: this.#nextChangeId(),
      homeSectionId: sectionIds[0] ?? before.homeSectionId,
      sectionIds,
      title: patch.title ?? before.title,
      payload: patch.payload ?? before.payload,
      state,
      editedAt: at,
      firstPublishedAt: before.firstPublishedAt ?? (isDraft(state) ? null : at),
      publishedAt: isDraft(state) ? before.publishedAt : at,
    }
    // A section that loses the item has changed too, so its log gets the row as well.
    return this.#commit('updated', item, [...new Set([...sectionIds, ...before.sectionIds])])
  }

  /** The item stays, in state `deleted`, and moves to the top of its logs. [protocol §2.4] */
  deleteItem(id: number): Change {
    const before = this.item(id)
    if (before.state === 'deleted') throw notFound(`content item ${id}: it is deleted`)
    const item: ContentItem = {
      ...before,
      changeId: this.#nextChangeId(),
      state: 'deleted',
      editedAt: this.#deps.now().toISOString(),
    }
    return this.#commit('deleted', item, item.sectionIds)
  }

  #commit(kind: Change['kind'], item: ContentItem, sectionIds: readonly number[]): Change {
    const logs = this.#logsOf(sectionIds)
    const change: Change = { id: item.changeId, kind, itemId: item.id, at: item.editedAt, logs }
    this.#changeId = change.id
    this.#commits += 1
    this.#items.set(item.id, item)
    this.#putRows(item.id, change.id, logs)
    this.#journal.add(change)
    for (const listener of this.#listeners) listener(change)
    return change
  }

  #putRows(itemId: number, changeId: number, logs: readonly ChangedLog[]): void {
    for (const { scope, kind, id } of logs) {
      if (scope === 'section') this.#writableLog(`section/${id}`).put(itemId, changeId)
      else if (scope === 'domain') this.#writableLog(`domain/${id}`).put(itemId, changeId)
      else this.#writableLog(`${kind}/${id}`).put(itemId, changeId)
    }
  }

  #writableLog(key: string): ChangeLog {
    let log = this.#logs.get(key)
    if (log === undefined) {
      log = new ChangeLog()
      this.#logs.set(key, log)
    }
    return log
  }

  #logsOf(sectionIds: readonly number[]): readonly ChangedLog[] {
    const sections = sectionIds.map((id) => this.section(id))
    const publicationIds = new Set(sections.map((section) => section.publicationId))
    const domainIds = new Set(sections.map((section) => this.governingSection(section).id))
    return [
      ...[...publicationIds].map(
        (id) => ({ scope: 'publication', kind: 'publication', id }) as const,
      ),
      ...sections.map(({ id }) => ({ scope: 'section', kind: 'section', id }) as const),
      ...[...domainIds].map((id) => ({ scope: 'domain', kind: 'section', id }) as const),
    ]
  }

  #assertSectionsOf(item: ContentItem, sectionIds: readonly number[]): void {
    for (const id of sectionIds) {
      const section = this.#sections.get(id)
      if (section?.publicationId === item.publicationId) continue
      const publication = this.publication(item.publicationId)
      const problem =
        section === undefined
          ? 'does not exist'
          : `doesn't belong to publication '${publication.name}'`
      throw new MockServerError('bad-request', `section ${id} ${problem}`)
    }
  }

  #firstRootSection(): Section {
    const [publication] = this.publications
    if (publication === undefined) throw notFound('a publication')
    return this.section(publication.rootSectionId)
  }

  #nextChangeId(): number {
    return this.#changeId + (CHANGE_ID_GAPS[this.#commits % CHANGE_ID_GAPS.length] ?? 1)
  }
}

function notFound(what: string): MockServerError {
  return new MockServerError('not-found', `there is no ${what}`)
}
