import type { ChangeLogRow, ReadableLog } from './change-log.ts'

/** The requested page of a log: the bare URL, `before/N` or `after/N`. */
export type PageRequest =
  | { readonly kind: 'newest'; readonly count: number }
  | { readonly kind: 'before' | 'after'; readonly changeId: number; readonly count: number }

/**
 * One page of a log, newest row first, with the ends of its links: what follows the log's URL.
 * [protocol §1.5]
 */
export interface LogPage {
  readonly rows: readonly ChangeLogRow[]
  readonly self: string
  readonly previous: string
  /** Undefined where no row is older. */
  readonly next: string | undefined
}

/**
 * Reads one page. `newestChangeId` is the newest of all logs: a client that asks for what came
 * after a later change had it from an earlier run of the store. It gets the oldest rows, so that it
 * finds every item again.
 */
export function readLogPage(log: ReadableLog, page: PageRequest, newestChangeId: number): LogPage {
  const rows =
    page.kind === 'after'
      ? log.after(page.changeId > newestChangeId ? 0 : page.changeId, page.count)
      : log.before(page.kind === 'newest' ? Infinity : page.changeId, page.count)
  // From an empty page: to the newest row, or no link below the oldest row.
  const below = rows.at(-1)?.changeId ?? (page.kind === 'before' ? page.changeId : log.newestId + 1)
  const at = (place: 'before' | 'after', changeId: number): string =>
    `/${place}/${changeId}?count=${page.count}`
  return {
    rows,
    self: page.kind === 'newest' ? at('before', log.newestId + 1) : at(page.kind, page.changeId),
    previous: at('after', resumeAfter(page, rows[0], log.newestId)),
    next: log.before(below, 1).length === 0 ? undefined : at('before', below),
  }
}

/** Where a client continues upwards: from an empty page never above the log's newest row. */
function resumeAfter(
  page: PageRequest,
  newest: ChangeLogRow | undefined,
  newestId: number,
): number {
  if (page.kind === 'newest') return newestId
  if (newest !== undefined) return newest.changeId
  const above = page.kind === 'after' ? page.changeId : Math.max(page.changeId - 1, 0)
  return Math.min(above, newestId)
}
