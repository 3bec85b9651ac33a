import type { KeptMarkup } from '../item/kept-markup.ts'
import { keptLength, NOTHING_KEPT } from '../item/kept-markup.ts'

/** One section as it is after its latest change. Never mutated: a change replaces the object. */
export interface Section {
  readonly id: number
  readonly publicationId: number
  /** Null for the root section of a publication. */
  readonly parentId: number | null
  readonly name: string
  /** Names the section in its publication; no other section there has it. */
  readonly uniqueName: string
  /** Path segment in public URLs. */
  readonly directoryName: string
  /** False: the section has an access definition of its own, and so governs a protection domain. */
  readonly inheritsAccess: boolean
  /** Markup of the payload's fields that the store only keeps. */
  readonly otherFields: string
  readonly kept: KeptMarkup
  readonly createdAt: string
  readonly editedAt: string
  /** Moves with each change, and is never given twice. */
  readonly revision: number
}

/** A section of a seed. */
export interface SeedSection extends Pick<
  Section,
  'id' | 'publicationId' | 'parentId' | 'name' | 'directoryName' | 'inheritsAccess' | 'createdAt'
> {
  /** Default: `ece_frontpage` for a root section, else `section-` and the id. */
  readonly uniqueName?: string | undefined
}

export interface NewSection {
  /** Default: the root section of the first publication. */
  readonly parentId?: number | undefined
  /** Default: `Section` and the id. */
  readonly name?: string | undefined
  /** Default: `section-` and the id. */
  readonly uniqueName?: string | undefined
  /** Default: the unique name, if that is fit for a URL, else `section-` and the id. */
  readonly directoryName?: string | undefined
  /** Default true. */
  readonly inheritsAccess?: boolean | undefined
  /** Default: none. */
  readonly otherFields?: string | undefined
  /** Default: nothing. */
  readonly kept?: KeptMarkup | undefined
}

/** The changes of an update; undefined fields stay unchanged. */
export type SectionPatch = Omit<NewSection, 'parentId' | 'inheritsAccess'>

/** As a path segment: `ümlaut`, `a/b` and `..` would make public URLs that lead elsewhere. */
export function isDirectoryName(name: string): boolean {
  return /^[\w.~-]+$/.test(name) && !/^\.{1,2}$/.test(name)
}

/** The section that a seed describes, without its revision. */
export function seededSection(section: SeedSection): Omit<Section, 'revision'> {
  return {
    ...section,
    uniqueName: section.uniqueName ?? defaultUniqueName(section),
    otherFields: '',
    kept: NOTHING_KEPT,
    editedAt: section.createdAt,
  }
}

/** Names of imported root sections follow the vendor's demo publication. */
export function defaultUniqueName({ id, parentId }: Pick<SeedSection, 'id' | 'parentId'>): string {
  return parentId === null ? 'ece_frontpage' : `section-${id}`
}

/** Characters of a section that count towards the limit `contentLength`. */
export function sectionLength(section: Omit<Section, 'revision'>): number {
  const { name, uniqueName, directoryName, otherFields, kept } = section
  const texts = [name, uniqueName, directoryName, otherFields]
  return texts.reduce((length, text) => length + text.length, keptLength(kept))
}
