import type { Lock } from '../../content/item/lock-table.ts'
import { atomLink, atomText, writeFeed } from '../feed.ts'
import { MEDIA, NS } from '../names.ts'
import type { XmlObject } from '../write-xml.ts'
import { writeXml } from '../write-xml.ts'

/** The locks of one item, under the public URIs by which any user can break them. */
export function writeLockFeed(url: string, locks: readonly Lock[], updated: Date): string {
  return writeFeed({
    id: url,
    title: 'Locks',
    updated,
    links: [{ rel: 'self', href: url, type: MEDIA.feed }],
    entries: locks.map((lock) => lockEntry(lock, `${url}/public/${lock.id}`)),
  })
}

/** One lock, under the URI of the request. */
export function writeLockEntry(lock: Lock, url: string): string {
  return writeXml('entry', { '@xmlns': NS.atom, ...lockEntry(lock, url) })
}

function lockEntry(lock: Lock, url: string): XmlObject {
  return {
    '@xmlns:metadata': NS.metadata,
    '@xmlns:age': NS.age,
    id: url,
    title: atomText(lock.fragment === null ? 'Lock' : `Lock of ${lock.fragment}`),
    updated: lock.createdAt.toISOString(),
    author: { name: lock.ownerName },
    link: atomLink({ rel: 'self', href: url, type: MEDIA.entry }),
    'metadata:fragment': lock.fragment ?? undefined,
    'age:expires': lock.expiresAt.toISOString(),
    summary: atomText(lock.summary),
    content: atomText(lock.summary),
  }
}
