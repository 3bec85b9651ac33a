import { readGivenPayload } from '../atom/given-payload.ts'
import type { Seed } from '../content/seed.ts'
import { seededSection } from '../content/site/section.ts'
import { MockServerError } from '../errors.ts'
import type { FileMistake, FilePath } from '../located-yaml.ts'

/**
 * What is wrong with a seed of the right shape: ids that are given twice, names of what is not
 * there, the wrong order.
 */
export function seedMistakes({
  publications,
  sections,
  lists,
  persons,
  items,
}: Seed): readonly FileMistake[] {
  const found: FileMistake[] = []
  const check = (isRight: boolean, message: string, ...path: FilePath): void => {
    if (!isRight) found.push({ path, message })
  }
  for (const [name, things] of Object.entries({ publications, sections, lists, persons, items })) {
    const seen = new Set<number>()
    for (const [index, { id }] of things.entries()) {
      check(!seen.has(id), `id ${id} is given twice`, name, index, 'id')
      seen.add(id)
    }
  }

  const publicationIds = new Set(publications.map(({ id }) => id))
  const publicationOf = new Map(sections.map(({ id, publicationId }) => [id, publicationId]))
  const roots = new Map(
    sections.flatMap(({ id, parentId, publicationId }) =>
      parentId === null ? [[id, publicationId]] : [],
    ),
  )
  for (const [index, { id, rootSectionId }] of publications.entries()) {
    const isRoot = roots.get(rootSectionId) === id
    check(
      isRoot,
      `section ${rootSectionId} is no root section of publication ${id}`,
      'publications',
      index,
      'rootSectionId',
    )
  }

  const before = new Set<number>()
  const names = new Map<string, number>()
  for (const [index, section] of sections.entries()) {
    const { id, parentId, publicationId } = section
    const { uniqueName } = seededSection(section)
    const holder = names.get(`${publicationId}/${uniqueName}`)
    names.set(`${publicationId}/${uniqueName}`, id)
    check(
      holder === undefined,
      `"${uniqueName}" is the unique name of section ${holder}, too`,
      'sections',
      index,
      'uniqueName',
    )
    check(
      publicationIds.has(publicationId),
      `there is no publication ${publicationId}`,
      'sections',
      index,
      'publicationId',
    )
    const hasParent = parentId === null || before.has(parentId)
    check(
      hasParent,
      `expected a section that is listed before this one, got ${parentId}`,
      'sections',
      index,
      'parentId',
    )
    before.add(id)
  }

  const itemIds = new Set(items.map(({ id }) => id))
  for (const [index, list] of lists.entries()) {
    check(
      publicationOf.has(list.sectionId),
      `there is no section ${list.sectionId}`,
      'lists',
      index,
      'sectionId',
    )
    for (const [place, id] of list.itemIds.entries()) {
      check(itemIds.has(id), `there is no item ${id}`, 'lists', index, 'itemIds', place)
      const isFirst = list.itemIds.indexOf(id) === place
      check(isFirst, `item ${id} is in the list already`, 'lists', index, 'itemIds', place)
    }
  }

  const typesOf = new Map(publications.map(({ id, contentTypes }) => [id, contentTypes]))
  for (const [index, item] of items.entries()) {
    const { publicationId, sectionIds, homeSectionId, type } = item
    const types = typesOf.get(publicationId)
    check(
      types !== undefined,
      `there is no publication ${publicationId}`,
      'items',
      index,
      'publicationId',
    )
    check(
      types?.includes(type) ?? true,
      `expected one of the publication's contentTypes, got "${type}"`,
      'items',
      index,
      'type',
    )
    check(
      sectionIds[0] === homeSectionId,
      `expected homeSectionId, ${homeSectionId}, first`,
      'items',
      index,
      'sectionIds',
    )
    for (const [place, id] of sectionIds.entries()) {
      const isThere = publicationOf.get(id) === publicationId
      check(
        isThere,
        `there is no section ${id} in publication ${publicationId}`,
        'items',
        index,
        'sectionIds',
        place,
      )
    }
  }
  for (const [index, { publicationId }] of persons.entries())
    check(
      publicationIds.has(publicationId),
      `there is no publication ${publicationId}`,
      'persons',
      index,
      'publicationId',
    )

  return [...found, ...changeMistakes({ items, persons }), ...payloadMistakes(items)]
}

/** Change ids increase within items and within persons, and none is given twice. */
function changeMistakes({
  items,
  persons,
}: Pick<Seed, 'items' | 'persons'>): readonly FileMistake[] {
  const found: FileMistake[] = []
  const seen = new Set<number>()
  for (const [name, things] of Object.entries({ items, persons })) {
    let last = -1
    for (const [index, { changeId }] of things.entries()) {
      const path = [name, index, 'changeId']
      if (seen.has(changeId)) found.push({ path, message: `change id ${changeId} is given twice` })
      else if (changeId < last)
        found.push({
          path,
          message: `expected more than ${last}, got ${changeId}: the oldest change comes first`,
        })
      seen.add(changeId)
      last = changeId
    }
  }
  return found
}

/** Payloads go into entries as they are, so each has to be a whole element. */
function payloadMistakes(items: Seed['items']): readonly FileMistake[] {
  return items.flatMap(({ payload, type }, index) => {
    if (payload === null) return []
    try {
      readGivenPayload({ payload }, { publication: '', type }, '')
      return []
    } catch (error) {
      if (!(error instanceof MockServerError)) throw error
      return { path: ['items', index, 'payload'], message: error.message }
    }
  })
}
