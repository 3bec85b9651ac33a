import type { Element } from '@xmldom/xmldom'

import type { ContentItem } from '../content/item/item.ts'
import { LIMITS } from '../content/limits.ts'
import type { Person } from '../content/person.ts'
import { BARE_PERSON } from '../content/person.ts'
import type { Seed } from '../content/seed.ts'
import { entriesOf, idAtEnd, identifierOf, linkOf } from './atom-document.ts'
import { isoTime, learnedItem } from './learned-item.ts'
import type { PoliteClient } from './polite-client.ts'
import type { SiteSurvey } from './site-survey.ts'

export interface SeedOptions {
  readonly maxItems: number
  /** Whether to keep titles, names of persons and payloads. Otherwise they become placeholders. */
  readonly keepText: boolean
}

type Row = { readonly entry: Element; readonly id: number; readonly changeId: number }

/** For items without a time. */
const SOME_TIME = '2024-01-08T09:00:00.000Z'

/** The sections of a store, and the items that the newest pages of its logs show, newest first. */
export async function learnSeed(
  client: PoliteClient,
  site: SiteSurvey,
  options: SeedOptions,
): Promise<Seed> {
  const rows = newestRows(site).slice(0, options.maxItems)
  const items: ContentItem[] = []
  for (const { entry, id, changeId } of rows) {
    const answer = await client.send(linkOf(entry, 'self') ?? '')
    const item = learnedItem({ id, row: entry, answer, site, keepText: options.keepText })
    if (item !== undefined) items.push({ ...item, changeId })
  }
  const persons = personsOf(items)
  const placed = placeItems(items, persons.length)
  const itemIds = new Set(items.map(({ id }) => id))
  return {
    publications: site.publications.map((publication) => ({
      ...publication,
      contentTypes: [...new Set(['story', ...typesIn(items, publication.id)])],
    })),
    sections: site.sections.map(({ publicationName, modelParent: _model, ...section }) => ({
      ...section,
      publicationId: site.publications.find(({ name }) => name === publicationName)?.id ?? 1,
      name: section.name.slice(0, LIMITS.titleLength),
      uniqueName: section.uniqueName?.slice(0, LIMITS.titleLength),
      createdAt: isoTime(section.createdAt) ?? SOME_TIME,
    })),
    lists: site.lists.map((list) => {
      const page = site.logs.find(({ kind, id }) => kind === 'list' && id === list.id)?.page
      const ids = (page === undefined ? [] : entriesOf(page)).flatMap(
        (entry) => identifierOf(entry) ?? [],
      )
      return { ...list, itemIds: ids.filter((id) => itemIds.has(id)) }
    }),
    persons,
    items: placed,
  }
}

/** Every item once, with the latest change id in any page. */
function newestRows({ logs }: SiteSurvey): readonly Row[] {
  const rows = new Map<number, Row>()
  for (const { kind, page } of logs) {
    if (page === undefined || kind === 'person') continue
    for (const row of rowsOf(page)) {
      const known = rows.get(row.id)
      if (known === undefined || known.changeId < row.changeId) rows.set(row.id, row)
    }
  }
  return [...rows.values()].toSorted((a, b) => b.changeId - a.changeId)
}

/**
 * A page shows the change ids of its first and last row; the ids between them are evenly spread.
 */
function rowsOf(page: Element): readonly Row[] {
  const entries = entriesOf(page)
  const newest = idAtEnd(linkOf(page, 'previous')) ?? entries.length
  const oldest = Math.min(idAtEnd(linkOf(page, 'next')) ?? 1, newest)
  const step = (newest - oldest) / Math.max(entries.length - 1, 1)
  return entries.flatMap((entry, index) => {
    const id = identifierOf(entry)
    return id === undefined ? [] : [{ entry, id, changeId: Math.round(newest - index * step) }]
  })
}

/** Oldest change first. Estimated change ids are raised where necessary, so that ids increase. */
function placeItems(items: readonly ContentItem[], firstChangeId: number): readonly ContentItem[] {
  let last = firstChangeId
  return items.toReversed().map((item) => {
    last = Math.max(last + 1, item.changeId)
    return { ...item, changeId: last }
  })
}

/** The authors of the items. Their changes are older than those of all items. */
function personsOf(items: readonly ContentItem[]): readonly Person[] {
  const persons = new Map(
    items.map(({ author, publicationId }) => [author.personId, { author, publicationId }]),
  )
  return [...persons.values()].map(({ author, publicationId }, index) => ({
    id: author.personId,
    changeId: index + 1,
    publicationId,
    name: author.name,
    ...BARE_PERSON,
    userName: null,
    isDeleted: false,
    createdAt: SOME_TIME,
    editedAt: SOME_TIME,
  }))
}

function typesIn(items: readonly ContentItem[], publicationId: number): readonly string[] {
  return items.filter((item) => item.publicationId === publicationId).map(({ type }) => type)
}
