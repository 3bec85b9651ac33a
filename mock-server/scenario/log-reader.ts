import { NS, REL } from '../atom/names.ts'
import {
  entriesOf,
  identifierOf,
  linkOf,
  readDocument,
  stateOf,
  textOf,
} from '../learn/atom-document.ts'
import { serviceUrls } from '../service-urls.ts'
import type { StoreApi } from './store-api.ts'

/** What a change log says of an item or a person. */
export interface LogRow {
  readonly id: number
  readonly title: string
  readonly state: string
  readonly edited: string
}

/** One page of a change log. Links are paths of the store. */
export interface PolledPage {
  /** Newest first. */
  readonly rows: readonly LogRow[]
  readonly previous: string
}

/** Throws `unreachable` unless the answer is a page. */
export async function readPolledPage(api: StoreApi, path: string): Promise<PolledPage> {
  const feed = readDocument(path, await api.send(path, {}))
  const rows = entriesOf(feed).map((entry) => ({
    id: identifierOf(entry) ?? 0,
    title: textOf(entry, NS.atom, 'title') ?? '',
    state: stateOf(entry) ?? '',
    edited: textOf(entry, NS.app, 'edited') ?? '',
  }))
  return { rows, previous: api.pathOf(linkOf(feed, 'previous') ?? '') }
}

/** Paths of all change logs that the user may read. */
export async function readLogPaths(api: StoreApi): Promise<readonly string[]> {
  const path = serviceUrls('').changeLogs
  const feed = readDocument(path, await api.send(path, {}))
  return entriesOf(feed).flatMap((entry) => {
    const link = linkOf(entry, REL.changelog, 'application/atom+xml')
    return link === undefined ? [] : [api.pathOf(link)]
  })
}
