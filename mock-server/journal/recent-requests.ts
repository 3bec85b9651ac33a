import type { Socket } from 'node:net'

import type { ReadPage, RequestEntry } from './entry.ts'

const SLOTS = 64

/**
 * The latest request of each connection, or of one with the same slot. Most requests repeat parts of
 * the one before, and what two entries share is kept once: the collector copies all that is kept.
 */
export class RecentRequests {
  readonly #slots: (RequestEntry | undefined)[] = Array.from({ length: SLOTS })

  before({ remotePort }: Pick<Socket, 'remotePort'>): RequestEntry | undefined {
    return this.#slots[slotOf(remotePort)]
  }

  add({ remotePort }: Pick<Socket, 'remotePort'>, entry: RequestEntry): void {
    this.#slots[slotOf(remotePort)] = entry
  }
}

/** The earlier page if it is equal. */
export function sharedPage(
  page: ReadPage | undefined,
  earlier: ReadPage | undefined,
): ReadPage | undefined {
  if (page === undefined || earlier === undefined || page.log !== earlier.log) return page
  if (page.changes !== earlier.changes || page.rows.length !== earlier.rows.length) return page
  return page.rows.every((row, n) => row === earlier.rows[n]) ? earlier : page
}

function slotOf(port: number | undefined): number {
  return (port ?? 0) % SLOTS
}
