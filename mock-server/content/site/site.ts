import { notFound } from '../../errors.ts'
import type { LogRef } from '../changes/log-ref.ts'
import type { SeedList } from './content-list.ts'
import type { LastListIds } from './list-pools.ts'
import { ListPools } from './list-pools.ts'
import type { Publication } from './publication.ts'
import type { NewSection, Section, SectionPatch, SeedSection } from './section.ts'
import type { LastSectionIds } from './section-tree.ts'
import { SectionTree } from './section-tree.ts'

export interface SiteSeed {
  readonly publications: readonly Publication[]
  readonly sections: readonly SeedSection[]
  readonly lists: readonly SeedList[]
}

/** What the ids of a new site are above. */
export interface LastSiteIds {
  readonly sections: LastSectionIds
  readonly lists: LastListIds
}

/** The structure of the content: publications, their sections, and the lists of sections. */
export class Site {
  readonly #publications: ReadonlyMap<number, Publication>
  readonly #publicationsByName: ReadonlyMap<string, Publication>
  readonly tree: SectionTree
  readonly lists: ListPools

  /** What is added gets ids, handles and revisions above those of `last`. */
  constructor({ publications, sections, lists }: SiteSeed, last: LastSiteIds) {
    this.#publications = new Map(publications.map((publication) => [publication.id, publication]))
    this.#publicationsByName = new Map(
      publications.map((publication) => [publication.name, publication]),
    )
    this.tree = new SectionTree(sections, last.sections)
    this.lists = new ListPools(lists, last.lists, (id) => this.section(id).createdAt)
  }

  /** The highest ids, handles and revisions that there ever were. */
  get lastIds(): LastSiteIds {
    return { sections: this.tree.last, lists: this.lists.last }
  }

  get publications(): readonly Publication[] {
    return [...this.#publications.values()]
  }

  get sections(): readonly Section[] {
    return this.tree.all
  }

  get sectionCount(): number {
    return this.tree.size
  }

  /**
   * The direct subsections of one section, or the root sections of all publications, in order of
   * creation.
   */
  subsections(parentId: number | null): readonly Section[] {
    return this.tree.below(parentId)
  }

  publication(id: number): Publication {
    return found(this.#publications.get(id), `publication ${id}`)
  }

  publicationNamed(name: string): Publication | undefined {
    return this.#publicationsByName.get(name)
  }

  section(id: number): Section {
    return this.tree.get(id)
  }

  hasSection(id: number): boolean {
    return this.tree.has(id)
  }

  /**
   * The section whose access definition governs `section`: itself, or the nearest ancestor with one
   * of its own.
   */
  governingSection(section: Section): Section {
    let governing = section
    while (governing.inheritsAccess && governing.parentId !== null) {
      governing = this.section(governing.parentId)
    }
    return governing
  }

  /**
   * The logs of items in these sections: of the publication, of each section, of each section that
   * governs one.
   */
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

  /** Moves when a subsection is added to the section. */
  subsectionsRevision(sectionId: number): number {
    return this.tree.listRevision(sectionId)
  }

  /**
   * A new section, which `putSection` adds. Throws as `SectionTree.draft`, and `not-found` for an
   * unknown parent.
   */
  draftSection({ parentId, ...made }: NewSection, at: string): Section {
    return this.tree.draft(this.section(parentId ?? this.#firstRootSectionId()), made, at)
  }

  /** The section after an update, which `putSection` stores. Throws as `SectionTree.draft`. */
  patchedSection(id: number, patch: SectionPatch, at: string): Section {
    return this.tree.patched(this.section(id), patch, at)
  }

  putSection(section: Section): void {
    this.tree.put(section)
  }

  #firstRootSectionId(): number {
    const [publication] = this.#publications.values()
    return found(publication, 'publication').rootSectionId
  }
}

function found<T>(thing: T | undefined, what: string): T {
  if (thing === undefined) throw notFound(what)
  return thing
}
