import { MockServerError } from '../../errors.ts'
import type { LogRef } from '../changes/log-ref.ts'
import { assertXmlText } from '../xml-text.ts'
import type { ContentList } from './content-list.ts'
import type { Publication } from './publication.ts'
import type { NewSection, Section } from './section.ts'

export interface SiteSeed {
  readonly publications: readonly Publication[]
  readonly sections: readonly Section[]
  readonly lists: readonly ContentList[]
}

/** The structure that content stands in: publications, their sections, the lists of sections. */
export class Site {
  readonly #publications: ReadonlyMap<number, Publication>
  readonly #sections: Map<number, Section>
  readonly #lists: Map<number, ContentList>
  #lastSectionId: number

  constructor({ publications, sections, lists }: SiteSeed) {
    this.#publications = new Map(publications.map((publication) => [publication.id, publication]))
    this.#sections = new Map(sections.map((section) => [section.id, section]))
    this.#lists = new Map(lists.map((list) => [list.id, list]))
    this.#lastSectionId = Math.max(0, ...this.#sections.keys())
  }

  get publications(): readonly Publication[] {
    return [...this.#publications.values()]
  }

  get sections(): readonly Section[] {
    return [...this.#sections.values()]
  }

  get lists(): readonly ContentList[] {
    return [...this.#lists.values()]
  }

  publication(id: number): Publication {
    return found(this.#publications.get(id), `publication ${id}`)
  }

  publicationNamed(name: string): Publication | undefined {
    return this.publications.find((publication) => publication.name === name)
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
    this.#lastSectionId = id
    this.#sections.set(id, section)
    return section
  }

  replaceList(list: ContentList): void {
    this.#lists.set(list.id, list)
  }

  #firstRootSectionId(): number {
    return found(this.publications[0], 'publication').rootSectionId
  }
}

function found<T>(thing: T | undefined, what: string): T {
  if (thing === undefined) throw new MockServerError('not-found', `there is no ${what}`)
  return thing
}
