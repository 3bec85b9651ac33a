import { MockServerError } from '../../errors.ts'
import type { Site } from './site.ts'

/** Throws `bad-request` unless all sections exist and belong to the publication. */
export function assertSectionsOf(
  site: Site,
  publicationId: number,
  sectionIds: readonly number[],
): void {
  const publication = site.publication(publicationId)
  for (const id of sectionIds) {
    if (!site.hasSection(id))
      throw new MockServerError('bad-request', `section ${id} does not exist`)
    if (site.section(id).publicationId === publication.id) continue
    throw new MockServerError(
      'bad-request',
      `section ${id} doesn't belong to publication '${publication.name}'`,
    )
  }
}

/** Throws `bad-request` unless the publication has the content type. */
export function assertType(site: Site, publicationId: number, type: string): void {
  const { contentTypes, name } = site.publication(publicationId)
  if (contentTypes.includes(type)) return
  const known = contentTypes.join(', ')
  throw new MockServerError(
    'bad-request',
    `publication '${name}' has the content types ${known}, and no "${type}"`,
  )
}
