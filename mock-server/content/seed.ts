import type { ContentItem, ItemState } from './item/item.ts'
import { NOTHING_KEPT } from './item/kept-markup.ts'
import type { Person } from './person.ts'
import { BARE_PERSON } from './person.ts'
import type { SeedList } from './site/content-list.ts'
import type { Publication } from './site/publication.ts'
import type { SeedSection } from './site/section.ts'
import type { SiteSeed } from './site/site.ts'

/**
 * The content of a store before the first change. Items and persons are in the order of their
 * change ids.
 */
export interface Seed extends SiteSeed {
  readonly items: readonly ContentItem[]
  readonly persons: readonly Person[]
}

const MINUTE_MS = 60_000
const NEWEST_EDIT = Date.parse('2024-05-02T08:15:29.000Z')
const STEP_MS = 47 * MINUTE_MS
const CREATED_BEFORE_EDIT_MS =
  Date.parse('2024-05-02T08:15:29Z') - Date.parse('2024-05-01T16:40:11Z')
const PUBLISHED_BEFORE_EDIT_MS =
  Date.parse('2024-05-02T08:15:29Z') - Date.parse('2024-05-01T17:00:00Z')

const PUBLICATION: Publication = {
  id: 1,
  name: 'demo',
  rootSectionId: 1,
  contentTypes: ['story', 'news', 'picture', 'video', 'gallery'],
}

/**
 * News (12) governs a protection domain with World (24); Sport (22) and Football (23) belong to the
 * root's.
 */
const SECTIONS: readonly SeedSection[] = [
  section(1, null, 'Demo', 'ece_frontpage', '', false),
  section(12, 1, 'News', 'news', 'news', false),
  section(22, 1, 'Sport', 'sport', 'sport', true),
  section(23, 22, 'Football', 'football', 'football', true),
  section(24, 12, 'World', 'world', 'world', true),
]

const LISTS: readonly SeedList[] = [
  { id: 61, sectionId: 1, kind: 'list', name: 'Top stories', itemIds: [801, 798] },
  { id: 62, sectionId: 1, kind: 'inbox', name: 'Inbox', itemIds: [] },
]

const PERSONS: readonly Person[] = [
  person(6, 2987, 'Chief Editor', null),
  person(7, 3011, 'Test Editor', 'user'),
]

type ItemRow = readonly [changeId: number, sectionId: number, state: ItemState, title: string]

/** Oldest change first; the last one is item 801. */
const ITEMS: readonly ItemRow[] = [
  [3102, 1, 'published', 'Welcome to the demo publication'],
  [3240, 22, 'published', 'Season opens in the rain'],
  [3388, 12, 'published', 'Council agrees on the budget'],
  [3561, 23, 'published', 'Derby ends without a goal'],
  [3790, 24, 'published', 'Summit moves to the coast'],
  [3977, 22, 'draft', 'Portrait: the coach'],
  [4101, 1, 'published', 'How we correct mistakes'],
  [4410, 12, 'published', 'New line to the airport'],
  [4433, 1, 'published', 'Library of the editors keeps longer hours'],
  [4502, 24, 'published', 'Election date is set'],
  [4519, 22, 'published', 'Marathon: the route'],
  [4607, 12, 'submitted', 'What the new tax means'],
  [4688, 24, 'published', 'Ferry traffic resumes'],
  [4731, 12, 'draft-published', 'Bridge closed for repairs'],
  [4802, 23, 'published', 'Keeper signs for two years'],
  [4855, 12, 'published', 'School gets a second gym'],
  [4930, 24, 'deleted', 'Correction to an earlier report'],
  [4968, 12, 'published', 'Market returns to the square'],
  [5003, 12, 'draft', 'Interview: the harbour master'],
  [5041, 12, 'published', 'Harbour reopens'],
]

const FIRST_ITEM_ID = 801 - ITEMS.length + 1

/**
 * The demo publication: always the same ids, times and titles, so that every response is
 * predictable.
 */
export function demoSeed(): Seed {
  return {
    publications: [PUBLICATION],
    sections: SECTIONS,
    lists: LISTS,
    persons: PERSONS,
    items: ITEMS.map(item),
  }
}

/** The items and persons of a seed whose change ids are `shift` higher. */
export function shiftChangeIds(seed: Seed, shift: number): Pick<Seed, 'items' | 'persons'> {
  const move = <T extends { readonly changeId: number }>(row: T): T => {
    return { ...row, changeId: row.changeId + shift }
  }
  return { items: seed.items.map(move), persons: seed.persons.map(move) }
}

function person(id: number, changeId: number, name: string, userName: string | null): Person {
  const at = '2024-01-08T09:00:00.000Z'
  return {
    id,
    changeId,
    publicationId: PUBLICATION.id,
    name,
    ...BARE_PERSON,
    userName,
    isDeleted: false,
    createdAt: at,
    editedAt: at,
  }
}

function section(
  id: number,
  parentId: number | null,
  name: string,
  uniqueName: string,
  directoryName: string,
  inheritsAccess: boolean,
): SeedSection {
  const createdAt = '2024-01-08T09:00:00.000Z'
  const names = { name, uniqueName, directoryName }
  return { id, publicationId: 1, parentId, ...names, inheritsAccess, createdAt }
}

function item([changeId, sectionId, state, title]: ItemRow, index: number): ContentItem {
  const edited = NEWEST_EDIT - (ITEMS.length - 1 - index) * STEP_MS
  const wasPublished = state !== 'draft' && state !== 'submitted'
  return {
    id: FIRST_ITEM_ID + index,
    changeId,
    publicationId: PUBLICATION.id,
    homeSectionId: sectionId,
    sectionIds: [sectionId],
    type: 'story',
    title,
    state,
    payload: null,
    titleField: null,
    kept: NOTHING_KEPT,
    author: { personId: 7, name: 'Test Editor' },
    createdAt: isoTime(edited - CREATED_BEFORE_EDIT_MS),
    editedAt: isoTime(edited),
    firstPublishedAt: wasPublished ? isoTime(edited - PUBLISHED_BEFORE_EDIT_MS) : null,
    publishedAt: wasPublished ? isoTime(edited) : null,
  }
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString()
}
