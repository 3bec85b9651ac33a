import type { LogPage, PageRequest } from '../content/changes/log-page.ts'
import { readLogPage } from '../content/changes/log-page.ts'
import type { LiveCenter, LiveEntry, LiveEvent } from './live-center.ts'

/** The two web services: read and write for editors, read-only for readers' pages. */
export type LiveService = '/live-center-editorial' | '/live-center-presentation-webservice'

export interface LiveView {
  readonly baseUrl: string
  readonly service: LiveService
}

/** Path of an event's change log below its service. */
export function liveLogPath(service: LiveService, eventId: number): string {
  return `${service}/changelog/event/${eventId}`
}

export function liveEventJson({ id, title }: LiveEvent, { baseUrl, service }: LiveView): object {
  const self = `${baseUrl}${service}/event/${id}`
  return {
    id,
    title,
    self,
    entries: `${self}/entries`,
    changelog: baseUrl + liveLogPath(service, id),
    entryModel: `${baseUrl}${service}/model/entry`,
  }
}

/** `event/{id}/entries`: the newest entries, without deleted ones. */
export function liveEntriesJson(
  center: LiveCenter,
  eventId: number,
  page: PageRequest,
  view: LiveView,
): object {
  const { rows, self, previous, next } = readLogPage(center.log(eventId), page, center.changeId)
  const url = `${view.baseUrl}${view.service}/event/${eventId}/entries`
  const entries = rows.map((row) => center.entry(eventId, row.subjectId))
  return {
    entries: entries
      .filter(({ state }) => state !== 'deleted')
      .map((entry) => liveEntryJson(entry, view)),
    self: url + self,
    before: next === undefined ? undefined : url + next,
    after: url + previous,
    changelog: view.baseUrl + liveLogPath(view.service, eventId),
  }
}

/** The change log of an event, like the Content Store's, in JSON. */
export function liveLogJson(
  center: LiveCenter,
  eventId: number,
  { rows, self, previous, next }: LogPage,
  view: LiveView,
): object {
  const url = view.baseUrl + liveLogPath(view.service, eventId)
  return {
    next: next === undefined ? undefined : url + next,
    previous: url + previous,
    self: url + self,
    entries: rows.map((row) => liveEntryJson(center.entry(eventId, row.subjectId), view)),
  }
}

export function liveEntryJson(entry: LiveEntry, { baseUrl, service }: LiveView): object {
  const person = { value: entry.authorName, origin: 'escenic' }
  return {
    id: entry.id,
    self: `${baseUrl}${service}/event/${entry.eventId}/entries/${entry.id}`,
    author: person,
    creator: person,
    creationDate: liveDate(entry.createdAt),
    lastModifiedDate: liveDate(entry.modifiedAt),
    publishDate: liveDate(entry.createdAt),
    eTag: liveEtag(entry),
    payload: entry.payload,
    state: entry.state,
    tags: entry.tags,
    sticky: entry.isSticky,
  }
}

export function liveEtag({ id, changeId }: LiveEntry): string {
  return `"${id}-${changeId}"`
}

/** `2015-05-14T12:23:18.000+0000`: no colon in the offset. */
function liveDate(date: Date): string {
  return date.toISOString().replace('Z', '+0000')
}
