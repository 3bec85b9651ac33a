import { LRUCache } from 'lru-cache'

/** Limit of cached characters. */
const MAX_LENGTH = 64 * 1024 * 1024

/** The texts of one object by view, and the characters of all of them. */
interface Views {
  readonly texts: Map<string, string>
  size: number
}

const kept = new LRUCache<object, Views>({ maxSize: MAX_LENGTH })

/**
 * Caches the result of `render` for this object and view. Objects of the store are never changed,
 * only replaced, so cached text is never stale. The least recently used text is evicted first.
 */
export function renderOnce(subject: object, view: string, render: () => string): string {
  const views = kept.get(subject) ?? { texts: new Map<string, string>(), size: 0 }
  const found = views.texts.get(view)
  if (found !== undefined) return found
  const text = render()
  views.texts.set(view, text)
  // Counted on the way: an object may have many views, since every host name makes one.
  views.size += view.length + text.length
  kept.set(subject, views, { size: views.size })
  return text
}
