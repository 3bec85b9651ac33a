import request from 'supertest'

import type { MockContentStore } from '../start.ts'
import type { ReadFeed } from './read-feed.ts'
import { readFeed } from './read-feed.ts'
import { TEST_LOGIN } from './serve-store.ts'

/** Fetches and reads a feed. `path` may also be a link of a feed of the same store. */
export async function getFeed({ url }: MockContentStore, path: string): Promise<ReadFeed> {
  const target = path.startsWith(url) ? path.slice(url.length) : path
  const response = await request(url)
    .get(target)
    .auth(...TEST_LOGIN)
    .expect(200)
  return readFeed(response.text)
}

/** The link with this relation. Throws when there is none. */
export function feedLink(feed: ReadFeed, rel: string): string {
  const href = feed.links.get(rel)
  if (href === undefined) throw new Error(`the feed has no link ${rel}`)
  return href
}
