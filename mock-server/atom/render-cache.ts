import { LRUCache } from 'lru-cache'

/** Limit of cached characters. */
const MAX_LENGTH = 64 * 1024 * 1024

const kept = new LRUCache<object, Map<string, string>>({ maxSize: MAX_LENGTH })

/**
 * Caches the result of `render` for this object and view. Objects of the store are never changed, only replaced, so
 * cached text is never stale. The least recently used text is evicted first.
 */
export function renderOnce(subject: object, view: string, render: () => string): string {
  const views = kept.get(subject) ?? new Map<string, string>()
  const found = views.get(view)
  if (found !== undefined) return found
  const text = render()
  views.set(view, text)
  let size = 0
  for (const [name, { length }] of views) size += name.length + length
  kept.set(subject, views, { size })
  return text
}
