import type { ChangeLog } from '../content/changes/change-log.ts'
import type { Subject } from '../content/changes/change.ts'
import type { PageRequest } from '../content/changes/log-page.ts'
import { readLogPage } from '../content/changes/log-page.ts'
import type { ContentStore } from '../content/store.ts'
import type { FeedParts } from './feed.ts'
import { writeFeed } from './feed.ts'
import { insertPayloads, itemEntry } from './item/item-entry.ts'
import { MEDIA, REL } from './names.ts'
import { personEntry } from './discovery/person-entry.ts'

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
  const { baseUrl, path } = options
  const { rows, self, previous, next } = readLogPage(log, options.page)
  const bareUrl = baseUrl + path
  const feed = {
    id: bareUrl,
    title: options.title,
    updated: store.now(),
    // The paging links have no type. [protocol §1.5]
    links: [
      { rel: 'self', href: bareUrl + self },
      { rel: 'previous', href: bareUrl + previous },
      { rel: 'next', href: bareUrl + next },
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
