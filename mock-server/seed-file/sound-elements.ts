import type { FileMistake } from '../located-yaml.ts'
import { seedMistakes } from './seed-mistakes.ts'
import { completeSeed, SEED_ELEMENTS } from './seed-schema.ts'

type Part = keyof typeof SEED_ELEMENTS

/** In which list a field names something. */
const NAMED_IN: Readonly<Record<string, Part>> = {
  publicationId: 'publications',
  type: 'publications',
  rootSectionId: 'sections',
  parentId: 'sections',
  sectionId: 'sections',
  sectionIds: 'sections',
  itemIds: 'items',
}

/**
 * The mistakes of the elements whose own shape is right, in a file where others are wrong. What
 * names an element of a list with a wrong one is not judged: it may be the wrong one.
 */
export function mistakesOfSound(file: unknown): readonly FileMistake[] {
  const parts = {
    publications: soundOf('publications', file),
    sections: soundOf('sections', file),
    lists: soundOf('lists', file),
    persons: soundOf('persons', file),
    items: soundOf('items', file),
  }
  const seed = completeSeed({
    publications: parts.publications.values,
    sections: parts.sections.values,
    lists: parts.lists.values,
    persons: parts.persons.values,
    items: parts.items.values,
  })
  return seedMistakes(seed).flatMap(({ path: [part, index, field, ...rest], message }) => {
    const named = NAMED_IN[String(field)]
    if (named !== undefined && !parts[named].isWhole) return []
    const places = isPart(part) ? parts[part].places : []
    return { path: [part ?? '', places[Number(index)] ?? 0, field ?? '', ...rest], message }
  })
}

interface Sound<T> {
  readonly values: readonly T[]
  /** The index in the file of each. */
  readonly places: readonly number[]
  readonly isWhole: boolean
}

function soundOf<P extends Part>(
  part: P,
  file: unknown,
): Sound<NonNullable<ReturnType<(typeof SEED_ELEMENTS)[P]['safeParse']>['data']>> {
  const given: unknown = typeof file === 'object' && file !== null ? Reflect.get(file, part) : []
  const elements: readonly unknown[] = Array.isArray(given) ? given : []
  const read = elements.map((element) => SEED_ELEMENTS[part].safeParse(element).data)
  return {
    values: read.filter((value) => value !== undefined),
    places: read.flatMap((value, place) => (value === undefined ? [] : place)),
    isWhole: !read.includes(undefined),
  }
}

function isPart(name: unknown): name is Part {
  return typeof name === 'string' && Object.hasOwn(SEED_ELEMENTS, name)
}
