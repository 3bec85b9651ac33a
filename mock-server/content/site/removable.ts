import { MockServerError } from '../../errors.ts'
import type { ContentItem } from '../item/item.ts'
import type { Site } from './site.ts'

/**
 * Throws `not-found` for a section that does not exist, and `conflict` when one cannot be removed:
 * it is a root section, or has subsections, lists or items that would stay.
 */
export function assertRemovable(
  site: Site,
  sectionIds: ReadonlySet<number>,
  items: readonly ContentItem[],
): void {
  for (const id of sectionIds) {
    if (site.section(id).parentId === null) throw conflict(`section ${id} is a root section`)
    const other = site.subsections(id).find((below) => !sectionIds.has(below.id))
    if (other !== undefined) throw conflict(`section ${id} has the subsection ${other.id}`)
  }
  const listed = new Set<number>()
  for (const list of site.lists.all) {
    if (sectionIds.has(list.sectionId))
      throw conflict(`section ${list.sectionId} has the list ${list.id}`)
    for (const id of list.itemIds) listed.add(id)
  }
  for (const item of items) {
    const stays = item.sectionIds.find((id) => !sectionIds.has(id))
    if (stays !== undefined) throw conflict(`item ${item.id} is in section ${stays}, too`)
    if (listed.has(item.id)) throw conflict(`item ${item.id} is in a list`)
  }
}

function conflict(why: string): MockServerError {
  return new MockServerError('conflict', `${why}; nothing was removed`)
}
