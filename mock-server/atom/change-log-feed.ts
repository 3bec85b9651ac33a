import type { ChangeLog } from '../content/changes/change-log.ts'
import type { Subject } from '../content/changes/change.ts'
import type { ContentStore } from '../content/store.ts'
import type { FeedLink, FeedParts } from './feed.ts'
import { writeFeed } from './feed.ts'
import { insertPayloads, itemEntry } from './item/item-entry.ts'
import { MEDIA, REL } from './names.ts'
import { personEntry } from './discovery/person-entry.ts'

/** Which page of a log was asked for: the bare URL, `before/N` or `after/N`. */
export type PageRequest =
  | { readonly kind: 'newest'; readonly count: number }
  | { readonly kind: 'before' | 'after'; readonly changeId: number; readonly count: number }

export interface ChangeLogFeedOptions {
  readonly baseUrl: string
  /** Path of the log's bare URL, as the client wrote it. */
  readonly path: string
  readonly page: PageRequest
  /** What the rows are about. */
  readonly subjects: Subject['kind']
  /** What the feed advertises as event stream. [protocol §3.6] */
  readonly eventStreamUrl: string
  readonly title: string | undefined
  readonly payload: boolean
  readonly isDated: boolean
}

/** One page of a change log. */
export function writeChangeLogFeed(
  store: ContentStore,
  log: ChangeLog,
  options: ChangeLogFeedOptions,
): string {
  const { baseUrl, path, page } = options
  const rows =
    page.kind === 'after'
      ? log.after(page.changeId, page.count)
      : log.before(upperBound(page), page.count)
  const bareUrl = baseUrl + path
  const feed = {
    id: bareUrl,
    title: options.title,
    updated: store.now(),
    links: [
      ...pagingLinks(bareUrl, page, {
        newest: rows[0]?.changeId,
        oldest: rows.at(-1)?.changeId,
        logNewest: log.newestId,
      }),
      { rel: REL.changelog, href: options.eventStreamUrl, type: MEDIA.eventStream },
    ],
  }
  const ids = rows.map((row) => row.subjectId)
  return options.subjects === 'person'
    ? writeFeed({
        ...feed,
        entries: ids.map((id) => personEntry(store, store.person(id), baseUrl)),
      })
    : writeItemFeed(store, feed, ids, options)
}

function writeItemFeed(
  store: ContentStore,
  feed: Omit<FeedParts, 'entries'>,
  itemIds: readonly number[],
  { baseUrl, payload, isDated }: ChangeLogFeedOptions,
): string {
  const items = itemIds.map((id) => store.item(id))
  const entries = items.map((item) =>
    itemEntry(store, item, { baseUrl, links: 'log', payload, isDated }),
  )
  const document = writeFeed({ ...feed, entries })
  return payload ? insertPayloads(document, items) : document
}

interface PageBounds {
  /** Change ids of the page's first and last row; undefined on an empty page. */
  readonly newest: number | undefined
  readonly oldest: number | undefined
  readonly logNewest: number
}

/** `self`, `previous` and `next`, without a type. [protocol §1.5] */
function pagingLinks(bareUrl: string, page: PageRequest, bounds: PageBounds): readonly FeedLink[] {
  const at = (place: 'before' | 'after', changeId: number): string =>
    `${bareUrl}/${place}/${changeId}?count=${page.count}`
  const self =
    page.kind === 'newest' ? at('before', bounds.logNewest + 1) : at(page.kind, page.changeId)
  return [
    { rel: 'self', href: self },
    { rel: 'previous', href: at('after', bounds.newest ?? resumeAfter(page, bounds.logNewest)) },
    { rel: 'next', href: at('before', bounds.oldest ?? resumeBefore(page, bounds.logNewest)) },
  ]
}

/**
 * Where a client goes on upwards from an empty page. An id from the future is brought down to the log's newest row:
 * it holds the same rows, and a client that outlived a reset of the store finds its way back.
 */
function resumeAfter(page: PageRequest, logNewest: number): number {
  if (page.kind === 'newest') return logNewest
  const above = page.kind === 'after' ? page.changeId : Math.max(page.changeId - 1, 0)
  return Math.min(above, logNewest)
}

/** Where a client goes on downwards from an empty page: the newest row, or nowhere from below the oldest. */
function resumeBefore(page: PageRequest, logNewest: number): number {
  return page.kind === 'before' ? page.changeId : logNewest + 1
}

function upperBound(page: PageRequest): number {
  return page.kind === 'newest' ? Infinity : page.changeId
}
