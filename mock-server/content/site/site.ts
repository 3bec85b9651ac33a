import { MockServerError } from '../../errors.ts'
import type { LogRef } from '../changes/log-ref.ts'
import { assertCount } from '../limits.ts'
import { assertXmlText } from '../xml-text.ts'
import type { ContentList } from './content-list.ts'
import type { Publication } from './publication.ts'
import type { NewSection, Section } from './section.ts'

export interface SiteSeed {
  readonly publications: readonly Publication[]
  readonly sections: readonly Section[]
  readonly lists: readonly ContentList[]
}

/** The structure of the content: publications, their sections, and the lists of sections. */
export class Site {
  readonly #publications: ReadonlyMap<number, Publication>
  readonly #publicationsByName: ReadonlyMap<string, Publication>
  readonly #sections = new Map<number, Section>()
  /** By the id of their parent; null: the root sections. */
  readonly #subsections = new Map<number | null, Section[]>()
  readonly #sectionDepths = new Map<number, number>()
  readonly #lists: Map<number, ContentList>
  #lastSectionId: number

  /** Sections that are added get ids above `lastSectionId`. */
  constructor({ publications, sections, lists }: SiteSeed, lastSectionId = 0) {
    this.#publications = new Map(publications.map((publication) => [publication.id, publication]))
    this.#publicationsByName = new Map(
      publications.map((publication) => [publication.name, publication]),
    )
    this.#lastSectionId = lastSectionId
    for (const section of sections) this.#put(section)
    this.#lists = new Map(lists.map((list) => [list.id, list]))
  }

  /** The highest id that a section ever had. */
  get lastSectionId(): number {
    return this.#lastSectionId
  }

  get publications(): readonly Publication[] {
    return [...this.#publications.values()]
  }

  get sections(): readonly Section[] {
    return [...this.#sections.values()]
  }

  get sectionCount(): number {
    return this.#sections.size
  }

  /** The direct subsections of one section, or the root sections of all publications, in order of creation. */
  subsections(parentId: number | null): readonly Section[] {
    return this.#subsections.get(parentId) ?? []
  }

  get lists(): readonly ContentList[] {
    return [...this.#lists.values()]
  }

  publication(id: number): Publication {
    return found(this.#publications.get(id), `publication ${id}`)
  }

  publicationNamed(name: string): Publication | undefined {
    return this.#publicationsByName.get(name)
  }

  section(id: number): Section {
    return found(this.#sections.get(id), `section ${id}`)
  }

  hasSection(id: number): boolean {
    return this.#sections.has(id)
  }

  list(id: number): ContentList {
    return found(this.#lists.get(id), `list ${id}`)
  }

  /** The section whose access definition governs `section`: itself, or the nearest ancestor with one of its own. */
  governingSection(section: Section): Section {
    let governing = section
    while (governing.inheritsAccess && governing.parentId !== null) {
      governing = this.section(governing.parentId)
    }
    return governing
  }

  /** The logs of items in these sections: of the publication, of each section, of each section that governs one. */
  logsOf(sectionIds: readonly number[]): readonly LogRef[] {
    const sections = sectionIds.map((id) => this.section(id))
    const publicationIds = new Set(sections.map((section) => section.publicationId))
    const domainIds = new Set(sections.map((section) => this.governingSection(section).id))
    return [
      ...Array.from(publicationIds, (id) => ({ scope: 'publication', id }) as const),
      ...sections.map(({ id }) => ({ scope: 'section', id }) as const),
      ...Array.from(domainIds, (id) => ({ scope: 'domain', id }) as const),
    ]
  }

  addSection({ parentId, name, inheritsAccess = true }: NewSection, createdAt: string): Section {
    const parent = this.section(parentId ?? this.#firstRootSectionId())
    if (name !== undefined) assertXmlText(name, 'the section name')
    assertCount('sections', this.#sections.size + 1)
    assertCount('sectionDepth', this.#depthOf(parent.id) + 1)
    const id = this.#lastSectionId + 1
    const section: Section = {
      id,
      publicationId: parent.publicationId,
      parentId: parent.id,
      name: name ?? `Section ${id}`,
      directoryName: `section-${id}`,
      inheritsAccess,
      createdAt,
    }
    this.#put(section)
    return section
  }

  replaceList(list: ContentList): void {
    this.#lists.set(list.id, list)
  }

  #put(section: Section): void {
    this.#sections.set(section.id, section)
    this.#lastSectionId = Math.max(this.#lastSectionId, section.id)
    const siblings = this.#subsections.get(section.parentId) ?? []
    siblings.push(section)
    this.#subsections.set(section.parentId, siblings)
    const parentDepth = section.parentId === null ? 0 : this.#depthOf(section.parentId)
    this.#sectionDepths.set(section.id, parentDepth + 1)
  }

  /** 1 for a root section. */
  #depthOf(sectionId: number): number {
    return this.#sectionDepths.get(sectionId) ?? 0
  }

  #firstRootSectionId(): number {
    const [publication] = this.#publications.values()
    return found(publication, 'publication').rootSectionId
  }
}

function found<T>(thing: T | undefined, what: string): T {
  if (thing === undefined) throw new MockServerError('not-found', `there is no ${what}`)
  return thing
}
