import type { Element } from '@xmldom/xmldom'

import { NS, REL } from '../atom/names.ts'
import { child, children, parseXml } from '../atom/parse-xml.ts'
import { readEntry } from '../atom/read-entry.ts'
import { escapeValue } from '../atom/write-markup.ts'
import type { Author, ContentItem, ItemState } from '../content/item/item.ts'
import { isItemState } from '../content/item/item.ts'
import { NOTHING_KEPT } from '../content/item/kept-markup.ts'
import { LIMITS } from '../content/limits.ts'
import { MockServerError } from '../errors.ts'
import { idAtEnd, linkOf, stateOf, textOf } from './atom-document.ts'
import type { StoreAnswer } from './polite-client.ts'
import type { SiteSurvey } from './site-survey.ts'

export interface LearnedItemParts {
  readonly id: number
  /** Its entry in a log. */
  readonly row: Element
  /** The response of its own URL. */
  readonly answer: StoreAnswer
  readonly site: Pick<SiteSurvey, 'sections' | 'publications'>
  readonly keepText: boolean
}

/** An item as the store shows it; undefined if its home section was not surveyed. */
export function learnedItem(parts: LearnedItemParts): Omit<ContentItem, 'changeId'> | undefined {
  const { id, row, answer, site, keepText } = parts
  const full = answer.status === 200 ? readFull(answer.text) : undefined
  const entry = full?.root ?? row
  const known = new Map(site.sections.map((section) => [section.id, section.publicationName]))
  const [homeSectionId, ...others] = sectionIdsOf(entry).filter((each) => known.has(each))
  if (homeSectionId === undefined) return undefined
  const publicationName = known.get(homeSectionId)
  const editedAt = timeOf(entry, NS.app, 'edited') ?? new Date(0).toISOString()
  const firstPublishedAt = timeOf(entry, NS.atom, 'published') ?? null
  const type = full?.type ?? 'story'
  return {
    id,
    publicationId: site.publications.find(({ name }) => name === publicationName)?.id ?? 1,
    homeSectionId,
    sectionIds: [homeSectionId, ...others.filter((each) => known.get(each) === publicationName)],
    type,
    title: keepText ? shortened(textOf(entry, NS.atom, 'title')) : `Item ${id}`,
    state: stateIn(entry),
    payload: keepText ? (full?.payload ?? null) : placeholder(full?.payload, type),
    titleField: (keepText && full?.fields.get('title')) || null,
    kept: (keepText && full?.kept) || NOTHING_KEPT,
    author: authorOf(entry, keepText),
    createdAt: timeOf(entry, NS.dcterms, 'created') ?? editedAt,
    editedAt,
    firstPublishedAt,
    publishedAt: firstPublishedAt && (timeOf(entry, NS.atom, 'updated') ?? firstPublishedAt),
  }
}

/** In UTC with milliseconds; undefined if the text is not a time. */
export function isoTime(text: string | undefined): string | undefined {
  const ms = Date.parse(text ?? '')
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString()
}

/** Undefined for an entry that the mock would refuse. */
function readFull(xml: string) {
  try {
    return { root: parseXml(xml), ...readEntry(xml) }
  } catch (error) {
    if (error instanceof MockServerError) return undefined
    throw error
  }
}

function sectionIdsOf(entry: Element): readonly number[] {
  const publication = child(entry, NS.metadata, 'publication')
  const others = publication === undefined ? [] : children(publication, NS.atom, 'link')
  const hrefs = [
    linkOf(entry, REL.homeSection),
    ...others.map((link) => link.getAttribute('href') ?? undefined),
  ]
  const ids = hrefs.map(idAtEnd).filter((id) => id !== undefined)
  return [...new Set(ids)]
}

function stateIn(entry: Element): ItemState {
  const name = stateOf(entry)
  if (name !== undefined && isItemState(name)) return name
  const control = child(entry, NS.app, 'control')
  const isDraft = control !== undefined && textOf(control, NS.app, 'draft') === 'yes'
  return isDraft ? 'draft' : 'published'
}

function authorOf(entry: Element, keepText: boolean): Author {
  const author = child(entry, NS.atom, 'author')
  const personId = (author && idAtEnd(textOf(author, NS.atom, 'uri'))) ?? 0
  const name = author && textOf(author, NS.atom, 'name')
  return { personId, name: keepText ? shortened(name) : `Person ${personId}` }
}

/** A payload of the same type without its fields. */
function placeholder(payload: string | undefined, type: string): string | null {
  if (payload === undefined) return null
  return `<vdf:payload xmlns:vdf="${NS.vdf}" model="${escapeValue(type)}"/>`
}

function shortened(text = ''): string {
  return text.slice(0, LIMITS.titleLength)
}

function timeOf(entry: Element, namespace: string, name: string): string | undefined {
  return isoTime(textOf(entry, namespace, name))
}
