import type { Element } from '@xmldom/xmldom'

import { MEDIA, NS, REL } from '../atom/names.ts'
import { child } from '../atom/parse-xml.ts'
import type { ListKind } from '../content/site/content-list.ts'
import { LIST_KINDS } from '../content/site/content-list.ts'
import { MockServerError } from '../errors.ts'
import { serviceUrls } from '../service-urls.ts'
import {
  entriesOf,
  fieldOf,
  idAtEnd,
  identifierOf,
  linkOf,
  payloadOf,
  readDocument,
  textOf,
} from './atom-document.ts'
import type { PoliteClient } from './polite-client.ts'

export interface SurveyedSection {
  readonly id: number
  readonly parentId: number | null
  readonly publicationName: string
  readonly name: string
  /** Undefined if the section shows none. */
  readonly uniqueName: string | undefined
  readonly directoryName: string
  /** Last segment but one of the URL of its model; undefined without a model. */
  readonly modelParent: string | undefined
  readonly inheritsAccess: boolean
  readonly createdAt: string
}

interface SurveyedPublication {
  readonly id: number
  readonly name: string
  readonly rootSectionId: number
}

interface SurveyedList {
  readonly id: number
  readonly kind: ListKind
  readonly sectionId: number
  readonly name: string
}

/** A change log, and the response to a request for its newest page. */
export interface SurveyedLog {
  readonly kind: 'publication' | 'section' | 'person' | 'list'
  readonly id: number
  readonly url: string
  readonly status: number
  readonly headers: Headers
  /** Undefined if the user may not read the log. */
  readonly page: Element | undefined
}

/** Sections, lists and logs of a store, as far as the user may read them. */
export interface SiteSurvey {
  /** The part before `/webservice` in the links of the store. */
  readonly linkBase: string
  readonly publications: readonly SurveyedPublication[]
  /** Each section comes after its parent. */
  readonly sections: readonly SurveyedSection[]
  readonly lists: readonly SurveyedList[]
  readonly logs: readonly SurveyedLog[]
}

const PATHS = serviceUrls('')

/**
 * Follows links from the start feed to at most `maxSections` sections, their lists, and the logs of
 * both.
 */
export async function surveySite(client: PoliteClient, maxSections: number): Promise<SiteSurvey> {
  const start = await readStart(client)
  const sections: SurveyedSection[] = []
  const queue = entriesOf(start).map((entry) => readSection(entry, null))
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    if (sections.length >= maxSections) break
    const { id } = next
    if (sections.some((section) => section.id === id)) continue
    sections.push(next)
    const below = await client.send(PATHS.subsections(id))
    if (below.status !== 200) continue
    queue.push(
      ...entriesOf(readDocument(PATHS.subsections(id), below)).map((entry) =>
        readSection(entry, id),
      ),
    )
  }
  const publications = await surveyPublications(client, sections)
  const lists = await surveyLists(client, sections)
  const logs = await surveyLogs(client, publications, sections, lists)
  return { linkBase: linkBaseOf(start, client), publications, sections, lists, logs }
}

/**
 * The section that governs the access to a section: itself, or the nearest ancestor with its own
 * access definition.
 */
export function governingSection(
  sections: readonly SurveyedSection[],
  section: SurveyedSection,
): SurveyedSection {
  const parent = sections.find(({ id }) => id === section.parentId)
  return section.inheritsAccess && parent !== undefined
    ? governingSection(sections, parent)
    : section
}

async function readStart(client: PoliteClient): Promise<Element> {
  const answer = await client.send(PATHS.start)
  if (answer.status === 401 || answer.status === 403) {
    throw new MockServerError(
      'unauthorized',
      `${client.baseUrl} answers ${answer.status}: give a login of that store with --login NAME:PASSWORD or MCS_LEARN_LOGIN`,
    )
  }
  const feed = readDocument(client.baseUrl + PATHS.start, answer)
  if (entriesOf(feed).length > 0) return feed
  throw new MockServerError(
    'unreachable',
    `${client.baseUrl + PATHS.start} lists no section that this user may read`,
  )
}

function linkBaseOf(start: Element, client: PoliteClient): string {
  const self = linkOf(start, 'self') ?? ''
  const end = self.indexOf('/webservice/')
  return end === -1 ? client.baseUrl : self.slice(0, end)
}

function readSection(entry: Element, parentId: number | null): SurveyedSection {
  const id = identifierOf(entry) ?? idAtEnd(linkOf(entry, 'self'))
  if (id === undefined) throw new MockServerError('unreachable', 'a section of the store has no id')
  const publication = child(entry, NS.metadata, 'publication')?.getAttribute('title')
  const name = textOf(entry, NS.atom, 'title') ?? `Section ${id}`
  return {
    id,
    parentId,
    publicationName: publication ?? lastSegment(linkOf(entry, REL.publication)) ?? 'demo',
    name,
    uniqueName: fieldOf(entry, 'com.escenic.uniqueName') || undefined,
    directoryName: fieldOf(entry, 'com.escenic.directoryName') ?? '',
    modelParent: payloadOf(entry)?.getAttribute('model')?.split('/').at(-2),
    inheritsAccess: parentId !== null && fieldOf(entry, 'com.escenic.inheritAccess') !== 'false',
    createdAt:
      textOf(entry, NS.dcterms, 'created') ??
      textOf(entry, NS.atom, 'published') ??
      '2024-01-08T09:00:00.000Z',
  }
}

function lastSegment(url: string | undefined): string | undefined {
  return url?.split('/').findLast((segment) => segment !== '')
}

async function surveyPublications(
  client: PoliteClient,
  sections: readonly SurveyedSection[],
): Promise<readonly SurveyedPublication[]> {
  const found: SurveyedPublication[] = []
  for (const root of sections.filter(({ parentId }) => parentId === null)) {
    const url = PATHS.publication(encodeURIComponent(root.publicationName))
    const answer = await client.send(url)
    const entry = answer.status === 200 ? readDocument(url, answer) : undefined
    const id = entry && (identifierOf(entry) ?? idAtEnd(linkOf(entry, REL.changelog)))
    found.push({ id: id ?? found.length + 1, name: root.publicationName, rootSectionId: root.id })
  }
  return found
}

async function surveyLists(
  client: PoliteClient,
  sections: readonly SurveyedSection[],
): Promise<readonly SurveyedList[]> {
  const found: SurveyedList[] = []
  for (const [{ id: sectionId }, kind] of sections.flatMap((section) =>
    LIST_KINDS.map((each) => [section, each] as const),
  )) {
    const url = kind === 'list' ? PATHS.lists(sectionId) : PATHS.inboxes(sectionId)
    const answer = await client.send(url)
    if (answer.status !== 200) continue
    for (const entry of entriesOf(readDocument(url, answer))) {
      const id = identifierOf(entry) ?? idAtEnd(linkOf(entry, REL.changelog, MEDIA.feed))
      const name = textOf(entry, NS.atom, 'title') ?? `List ${id}`
      if (id !== undefined && !found.some((list) => list.id === id))
        found.push({ id, kind, sectionId, name })
    }
  }
  return found
}

async function surveyLogs(
  client: PoliteClient,
  publications: readonly SurveyedPublication[],
  sections: readonly SurveyedSection[],
  lists: readonly SurveyedList[],
): Promise<readonly SurveyedLog[]> {
  const refs = [
    ...publications.flatMap(({ id }) => [
      { kind: 'publication', id } as const,
      { kind: 'person', id } as const,
    ]),
    ...sections.map(({ id }) => ({ kind: 'section', id }) as const),
    ...lists.map(({ id }) => ({ kind: 'list', id }) as const),
  ]
  const found: SurveyedLog[] = []
  for (const { kind, id } of refs) {
    const url = PATHS.changeLog(kind, id)
    const answer = await client.send(url)
    const page = answer.status === 200 ? readDocument(url, answer) : undefined
    found.push({ kind, id, url, status: answer.status, headers: answer.headers, page })
  }
  return found
}
