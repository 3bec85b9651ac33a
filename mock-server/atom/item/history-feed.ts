import type { HistoryLine } from '../../content/item/history.ts'
import { isDraft } from '../../content/item/item.ts'
import { atomText, writeFeed } from '../feed.ts'
import { NS } from '../names.ts'

export interface HistoryFeedOptions {
  /** URL of the item's history, without a page. */
  readonly url: string
  /** Lines of the page, newest first. */
  readonly lines: readonly HistoryLine[]
  /** Where a page without lines is: between this change id and the next one. */
  readonly position: number
  readonly count: number
  readonly updated: Date
}

/**
 * An item's history. Its links have the opposite direction of a change log's, as at the vendor:
 * `next` leads to newer lines, `previous` to older ones.
 */
export function writeHistoryFeed(options: HistoryFeedOptions): string {
  const { url, lines, position, count, updated } = options
  const newest = lines[0]?.changeId ?? position
  const oldest = lines.at(-1)?.changeId ?? position + 1
  return writeFeed({
    id: url,
    title: 'Article log',
    updated,
    links: [
      { rel: 'self', href: url },
      { rel: 'next', href: `${url}/after/${newest}?count=${count}` },
      { rel: 'previous', href: `${url}/before/${oldest}?count=${count}` },
    ],
    entries: lines.map(({ changeId, at, authorName, state }) => ({
      id: `${url}/${changeId}`,
      title: atomText(state === null ? 'Changed' : `State: ${state}`),
      updated: at,
      author: { name: authorName },
      // Clients read the state from either element.
      'app:control':
        state === null
          ? undefined
          : {
              '@xmlns:app': NS.app,
              'app:draft': isDraft(state) ? 'yes' : 'no',
              'vaext:state': { '@xmlns:vaext': NS.vaext, '@name': state, '#': state },
            },
    })),
  })
}
