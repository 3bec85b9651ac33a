import { setTimeout as delay } from 'node:timers/promises'

import type { OpenInBrowser } from './browser-readers.ts'
import type { OpenReader } from './node-readers.ts'
import type { Products } from './products.ts'
import { Session, type Return } from './session.ts'

/** Number of heartbeats to wait for before the first event, and after it. */
const HEARTBEATS = 5
/** Deadline for events that every reader delivers. */
const START_MS = 60_000
/**
 * Longer than the reconnect wait of every reader: a reader that has not reconnected by then never
 * does.
 */
const LONGEST_MS = 9000
const POLL_MS = 20

/** The messages of a reader on a stream with heartbeats and one change. */
interface QuietReading {
  /** Messages with the change. */
  readonly changes: number
  /** Messages without data. No change caused them. */
  readonly empty: number
}

const NOTHING: QuietReading = { changes: 0, empty: 0 }

export interface ProductReading {
  readonly store: QuietReading
  readonly proxy: QuietReading
  /** A connection to the proxy is cut before its first event, and after an event. */
  readonly beforeFirst: Return
  readonly afterEvent: Return
}

/** Readings by reader. */
export type ProductTable = ReadonlyMap<string, ProductReading>

/** Runs every reader on a store and a proxy with heartbeats, and cuts connections to the proxy. */
export async function readProducts(
  products: Products,
  readers: Readonly<Record<string, OpenReader | OpenInBrowser>>,
): Promise<ProductTable> {
  const sessions: Session[] = []
  const openAll = async (url: string): Promise<readonly Session[]> => {
    const opened = await Promise.all(Object.values(readers).map((open) => Session.open(url, open)))
    sessions.push(...opened)
    return opened
  }
  try {
    // After a first event the proxy has an id that it can give to new clients.
    await products.change('before')
    const atStore = await openAll(products.storeUrl)
    const atProxy = await openAll(products.proxyUrl)
    await until(sessions, START_MS, (session) => session.heartbeats >= HEARTBEATS)
    const quiet = await products.change('quiet')
    await until(sessions, START_MS, (session) => session.changes(quiet) > 0)
    for (const session of sessions) session.countFromHere()
    await until(sessions, START_MS, (session) => session.heartbeats >= HEARTBEATS)
    const [store, proxy] = [atStore, atProxy].map((side) =>
      side.map((session) => ({ changes: session.changes(quiet), empty: session.empty })),
    )

    const cut = await openAll(products.proxyUrl)
    await until(cut, START_MS, (session) => session.heartbeats >= HEARTBEATS)
    for (const session of cut) session.cut()
    const first = await products.change('first')
    await until(cut, LONGEST_MS, (session) => session.changes(first) > 0)
    const beforeFirst = cut.map((session) => session.returned(first))
    const back = cut.filter((session) => session.returned(first) !== 'does not reconnect')
    // Readers that missed the first change have an event now, too.
    const between = await products.change('between')
    await until(back, LONGEST_MS, (session) => session.changes(between) > 0)
    for (const session of back) session.cut()
    const second = await products.change('second')
    await until(back, LONGEST_MS, (session) => session.changes(second) > 0)

    const readingAt = (index: number): ProductReading => ({
      store: store?.[index] ?? NOTHING,
      proxy: proxy?.[index] ?? NOTHING,
      beforeFirst: beforeFirst[index] ?? 'does not reconnect',
      afterEvent: cut[index]?.returned(second) ?? 'does not reconnect',
    })
    return new Map(Object.keys(readers).map((reader, index) => [reader, readingAt(index)]))
  } finally {
    for (const session of sessions) await session.close()
  }
}

/** Waits until `isTrue` holds for every session, at most `withinMs`. */
async function until(
  sessions: readonly Session[],
  withinMs: number,
  isTrue: (session: Session) => boolean,
): Promise<void> {
  const deadlineMs = performance.now() + withinMs
  while (performance.now() < deadlineMs) {
    for (const session of sessions) await session.look()
    if (sessions.every(isTrue)) return
    await delay(POLL_MS)
  }
}
