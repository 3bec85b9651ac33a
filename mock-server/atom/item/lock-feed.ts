import type { Lock } from '../../content/item/lock-table.ts'
import { serviceUrls } from '../../service-urls.ts'
import { atomLink, atomText, writeFeed } from '../feed.ts'
import { MEDIA, NS } from '../names.ts'
import type { XmlObject } from '../write-xml.ts'
import { writeXml } from '../write-xml.ts'

/** The locks of one item, under the public URIs by which any user can break them. */
export function writeLockFeed(
  baseUrl: string,
  itemId: number,
  locks: readonly Lock[],
  updated: Date,
): string {
  const url = serviceUrls(baseUrl).locks(itemId)
  return writeFeed({
    id: url,
    title: 'Locks',
    updated,
    links: [{ rel: 'self', href: url, type: MEDIA.feed }],
    entries: locks.map((lock) => lockEntry(lock, baseUrl, 'public')),
  })
}

/** One lock, under the URI of the request. */
export function writeLockEntry(lock: Lock, baseUrl: string, side: 'private' | 'public'): string {
  return writeXml('entry', { '@xmlns': NS.atom, ...lockEntry(lock, baseUrl, side) })
}

function lockEntry(lock: Lock, baseUrl: string, side: 'private' | 'public'): XmlObject {
  const { id, itemId, fragment, owner, createdAt, expiresAt, summary } = lock
  const ownTitle = `Lock of the ${fragment === null ? 'resource' : `fragment ${fragment}`}`
  const urls = serviceUrls(baseUrl)
  const url = urls.lock(itemId, side, id)
  const locked = fragment === null ? 'The resource' : `The fragment '${fragment}' of the resource`
  return {
    '@xmlns:metadata': NS.metadata,
    '@xmlns:age': NS.age,
    id: url,
    title: atomText(lock.title ?? ownTitle),
    link: atomLink({ rel: 'self', href: url }),
    'metadata:fragment': fragment ?? undefined,
    author: { uri: urls.person(owner.personId), name: owner.name },
    updated: createdAt.toISOString(),
    'age:expires': expiresAt.toISOString(),
    summary: atomText(summary),
    content: atomText(`${locked} is locked by ${owner.name}`),
  }
}
