import { LRUCache } from 'lru-cache'

import type { Subject } from '../content/changes/change.ts'
import type { LogPage } from '../content/changes/log-page.ts'
import type { ContentStore } from '../content/store.ts'
import type { FeedParts } from './feed.ts'
import { writeFeed } from './feed.ts'
import { writeLogEntry } from './item/item-entry.ts'
import { MEDIA, REL } from './names.ts'
import { appendChildren } from './write-xml.ts'
import { writePersonRow } from './discovery/person-entry.ts'

export interface ChangeLogFeedOptions {
  readonly baseUrl: string
  /** Path of the log's bare URL, as the client wrote it. */
  readonly path: string
  /** The subjects of the rows. */
  readonly subjects: Subject['kind']
  /** The event stream URL that the feed advertises. [protocol §3.6] */
  readonly eventStreamUrl: string
  readonly title: string | undefined
  readonly payload: boolean
  readonly isDated: boolean
}

/** One page of a change log. */
export function writeChangeLogFeed(
  store: ContentStore,
  { rows, self, previous, next }: LogPage,
  options: ChangeLogFeedOptions,
): string {
  const { baseUrl, path } = options
  const bareUrl = baseUrl + path
  const feed = {
    id: bareUrl,
    title: options.title,
    updated: store.now(),
    // The paging links have no type. [protocol §1.5]
    links: [
      { rel: 'self', href: bareUrl + self },
      { rel: 'previous', href: bareUrl + previous },
      ...(next === undefined ? [] : [{ rel: 'next', href: bareUrl + next }]),
      { rel: REL.changelog, href: options.eventStreamUrl, type: MEDIA.eventStream },
    ],
  }
  return appendChildren(
    writeFeedHead(feed),
    rows.map(({ subjectId }) => writeRow(store, subjectId, options)),
  )
}

/** Limit of cached characters of all feed heads. */
const MAX_KEPT_LENGTH = 8 * 1024 * 1024
const keptHeads = new LRUCache<string, string>({
  maxSize: MAX_KEPT_LENGTH,
  sizeCalculation: (head, key) => head.length + key.length,
})
const DATE = /(?<=<updated>)[^<]*/

/**
 * The feed without its entries. Cached by its content except the date, because a client requests
 * the same empty page until something changes, and rendering costs more than the rest of the
 * response (`npm run bench -- store`). The pattern matches a real tag only, since text has no `<`.
 */
function writeFeedHead(feed: Omit<FeedParts, 'entries'>): string {
  const { updated, ...undated } = feed
  const key = JSON.stringify(undated)
  let head = keptHeads.get(key)
  if (head === undefined) {
    head = writeFeed({ ...feed, entries: [] })
    keptHeads.set(key, head)
  }
  return head.replace(DATE, updated.toISOString())
}

function writeRow(
  store: ContentStore,
  id: number,
  { baseUrl, subjects, payload, isDated }: ChangeLogFeedOptions,
): string {
  if (subjects === 'person') return writePersonRow(store, store.person(id), { baseUrl, payload })
  return writeLogEntry(store, store.item(id), { baseUrl, payload, isDated })
}
