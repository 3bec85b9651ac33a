import type { ChangeLog, ChangeLogRow } from './change-log.ts'

/** The requested page of a log: the bare URL, `before/N` or `after/N`. */
export type PageRequest =
  | { readonly kind: 'newest'; readonly count: number }
  | { readonly kind: 'before' | 'after'; readonly changeId: number; readonly count: number }

/** One page of a log, newest row first, with the ends of its links: what follows the log's URL. [protocol §1.5] */
export interface LogPage {
  readonly rows: readonly ChangeLogRow[]
  readonly self: string
  readonly previous: string
  readonly next: string
}

/** Reads one page. */
export function readLogPage(log: ChangeLog, page: PageRequest): LogPage {
  const rows =
    page.kind === 'after'
      ? log.after(page.changeId, page.count)
      : log.before(page.kind === 'newest' ? Infinity : page.changeId, page.count)
  const at = (place: 'before' | 'after', changeId: number): string =>
    `/${place}/${changeId}?count=${page.count}`
  return {
    rows,
    self: page.kind === 'newest' ? at('before', log.newestId + 1) : at(page.kind, page.changeId),
    previous: at('after', rows[0]?.changeId ?? resumeAfter(page, log.newestId)),
    // From an empty page: the newest row, or nowhere from below the oldest.
    next: at(
      'before',
      rows.at(-1)?.changeId ?? (page.kind === 'before' ? page.changeId : log.newestId + 1),
    ),
  }
}

/**
 * Where a client continues upwards from an empty page. An id from the future is brought down to the log's newest row:
 * it holds the same rows, and a client that outlived a reset of the store finds its way back.
 */
function resumeAfter(page: PageRequest, newestId: number): number {
  if (page.kind === 'newest') return newestId
  const above = page.kind === 'after' ? page.changeId : Math.max(page.changeId - 1, 0)
  return Math.min(above, newestId)
}
