import { MockServerError, notFound } from '../../errors.ts'
import { assertCount, assertLength } from '../limits.ts'
import { assertXmlText } from '../xml-text.ts'
import type { NewSection, Section, SectionPatch, SeedSection } from './section.ts'
import { defaultUniqueName, isDirectoryName, seededSection } from './section.ts'

/** The last ids of an earlier tree. What this one gives is above them. */
export interface LastSectionIds {
  readonly id: number
  readonly revision: number
}

/** All sections: their tree, their unique names and their revisions. */
export class SectionTree {
  readonly #sections = new Map<number, Section>()
  /** By the id of their parent; null: the root sections. */
  readonly #subsections = new Map<number | null, Section[]>()
  /** Revisions of the lists of subsections. */
  readonly #listRevisions = new Map<number | null, number>()
  readonly #depths = new Map<number, number>()
  /** Ids by publication and unique name. */
  readonly #names = new Map<string, number>()
  #last: LastSectionIds

  constructor(sections: readonly SeedSection[], last: LastSectionIds) {
    this.#last = last
    for (const section of sections) this.put(this.#revised(seededSection(section)))
  }

  get last(): LastSectionIds {
    return this.#last
  }

  get all(): readonly Section[] {
    return [...this.#sections.values()]
  }

  get size(): number {
    return this.#sections.size
  }

  has(id: number): boolean {
    return this.#sections.has(id)
  }

  get(id: number): Section {
    const section = this.#sections.get(id)
    if (section === undefined) throw notFound(`section ${id}`)
    return section
  }

  /**
   * The direct subsections of one section, or the root sections of all publications, in order of
   * creation.
   */
  below(parentId: number | null): readonly Section[] {
    return this.#subsections.get(parentId) ?? []
  }

  /** The revisions of all lists of subsections, by the id of their parent. */
  get listRevisions(): readonly (readonly [number | null, number])[] {
    return [...this.#listRevisions]
  }

  restoreListRevisions(revisions: SectionTree['listRevisions']): void {
    for (const [parentId, revision] of revisions) this.#listRevisions.set(parentId, revision)
  }

  /** Moves when a subsection is added. */
  listRevision(parentId: number): number {
    return this.#listRevisions.get(parentId) ?? 0
  }

  /**
   * A new section below `parent`, which `put` adds. Throws `bad-request` or `bad-text` for a name
   * that does not fit, `conflict` for a unique name that is taken, `limit-reached` at the limits.
   */
  draft(parent: Section, made: Omit<NewSection, 'parentId'>, at: string): Section {
    assertCount('sections', this.size + 1)
    assertCount('sectionDepth', this.#depthOf(parent.id) + 1)
    const id = this.#last.id + 1
    const base = { id, publicationId: parent.publicationId, parentId: parent.id }
    const uniqueName = made.uniqueName ?? this.#freeName(base)
    const isFit = made.uniqueName !== undefined && isDirectoryName(made.uniqueName)
    return this.#checked({
      ...seededSection({
        ...base,
        name: made.name ?? `Section ${id}`,
        uniqueName,
        directoryName: made.directoryName ?? (isFit ? uniqueName : `section-${id}`),
        inheritsAccess: made.inheritsAccess ?? true,
        createdAt: at,
      }),
      ...defined({ otherFields: made.otherFields, kept: made.kept }),
    })
  }

  /** The section after an update, which `put` stores. Throws as `draft`. */
  patched(before: Section, patch: SectionPatch, at: string): Section {
    return this.#checked({ ...before, ...defined(patch), editedAt: at })
  }

  /** Adds a section, or replaces it. */
  put(section: Section): void {
    const before = this.#sections.get(section.id)
    const { id, revision } = this.#last
    this.#last = {
      id: Math.max(id, section.id),
      revision: Math.max(revision, section.revision),
    }
    this.#sections.set(section.id, section)
    if (before !== undefined) this.#names.delete(nameKey(before))
    this.#names.set(nameKey(section), section.id)
    const siblings = this.#subsections.get(section.parentId) ?? []
    if (before === undefined) {
      siblings.push(section)
      this.#subsections.set(section.parentId, siblings)
      this.#listRevisions.set(section.parentId, section.revision)
      const parentDepth = section.parentId === null ? 0 : this.#depthOf(section.parentId)
      this.#depths.set(section.id, parentDepth + 1)
    } else siblings[siblings.indexOf(before)] = section
  }

  /** Removes sections together with their subsections, which are among them. */
  remove(ids: readonly number[]): void {
    for (const id of ids) {
      const section = this.get(id)
      this.#sections.delete(id)
      this.#names.delete(nameKey(section))
      this.#subsections.delete(id)
      this.#listRevisions.delete(id)
      this.#depths.delete(id)
      const siblings = this.#subsections.get(section.parentId) ?? []
      const place = siblings.indexOf(section)
      if (place === -1) continue
      siblings.splice(place, 1)
      this.#last = { ...this.#last, revision: this.#last.revision + 1 }
      this.#listRevisions.set(section.parentId, this.#last.revision)
    }
  }

  #revised(section: Omit<Section, 'revision'>): Section {
    return { ...section, revision: this.#last.revision + 1 }
  }

  #checked(section: Omit<Section, 'revision'>): Section {
    const draft = this.#revised(section)
    const { name, uniqueName, directoryName } = draft
    assertName('com.escenic.sectionName', name)
    assertName('com.escenic.uniqueName', uniqueName)
    assertName('com.escenic.directoryName', directoryName)
    // A root section may be at the root of its publication.
    if (!isDirectoryName(directoryName) && !(draft.parentId === null && directoryName === '')) {
      throw new MockServerError(
        'bad-request',
        `com.escenic.directoryName: expected one path segment of letters, digits, "-", "_", "." and "~", got ${JSON.stringify(directoryName.slice(0, 200))}`,
      )
    }
    if (uniqueName === '')
      throw new MockServerError('bad-request', 'com.escenic.uniqueName: expected a name, got ""')
    const holder = this.#names.get(nameKey(draft))
    if (holder === undefined || holder === draft.id) return draft
    throw new MockServerError(
      'conflict',
      `com.escenic.uniqueName: ${JSON.stringify(uniqueName.slice(0, 200))} is the name of section ${holder}; choose another one`,
    )
  }

  /** A client may have given the default name to another section. */
  #freeName(section: Pick<Section, 'id' | 'publicationId' | 'parentId'>): string {
    const base = defaultUniqueName(section)
    let name = base
    for (let count = 2; this.#names.has(nameKey({ ...section, uniqueName: name })); count += 1)
      name = `${base}-${count}`
    return name
  }

  /** 1 for a root section. */
  #depthOf(sectionId: number): number {
    return this.#depths.get(sectionId) ?? 0
  }
}

function assertName(field: string, name: string): void {
  assertXmlText(name, field)
  assertLength('titleLength', name.length)
}

function nameKey({ publicationId, uniqueName }: Pick<Section, 'publicationId' | 'uniqueName'>) {
  return `${publicationId}/${uniqueName}`
}

/** Without the members that are undefined. */
function defined<T extends object>(members: T): { [Name in keyof T]: Exclude<T[Name], undefined> } {
  const given = Object.entries(members).filter(([, value]) => value !== undefined)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the filter makes it true for the members that are left.
  return Object.fromEntries(given) as { [Name in keyof T]: Exclude<T[Name], undefined> }
}
