import { z } from 'zod'

import type { LogClient } from './log-client.ts'
import type { LogRow } from './log-reader.ts'
import { readPolledPage } from './log-reader.ts'
import type { StoreApi } from './store-api.ts'

const change = z.object({
  id: z.int(),
  kind: z.string(),
  subject: z.object({ id: z.int() }),
  at: z.string(),
  /** Paths of the logs that were announced. */
  logs: z.array(z.string()),
})
const answer = z.object({ changes: z.array(change) })

type AnnouncedChange = z.output<typeof change>

/** A change that one client does not have. */
export interface MissedDelivery {
  /** From 1. */
  readonly client: number
  readonly log: string
  readonly reason: string
}

/** All changes after a change id. Throws `ScenarioFailure` when the store has evicted some of them. */
export async function changesSince(
  api: StoreApi,
  since: number,
): Promise<readonly AnnouncedChange[]> {
  return answer.parse(await api.call('POST', '/wait', { for: 'change', since, atLeast: 0 })).changes
}

/**
 * Looks for announced changes that a client does not have. It has a change when its next poll of the
 * log begins at that change or later, and when it knows the item as the log shows it, unless another
 * change of the item followed. Returns the first one that each client misses.
 */
export async function missedDeliveries(
  api: StoreApi,
  clients: readonly LogClient[],
  changes: readonly AnnouncedChange[],
): Promise<readonly MissedDelivery[]> {
  const latest = new Map(changes.map((each) => [each.subject.id, each]))
  const paths = new Set([...latest.values()].flatMap(({ logs }) => logs))
  const missed = new Map<number, MissedDelivery>()
  for (const log of paths) {
    const rows = new Map((await readPolledPage(api, log)).rows.map((row) => [row.id, row]))
    const ofLog = [...latest.values()].filter(({ logs }) => logs.includes(log))
    for (const [index, client] of clients.entries()) {
      if (missed.has(index)) continue
      const reason = ofLog.map((each) => missing(client, log, each, rows)).find(Boolean)
      if (reason !== undefined) missed.set(index, { client: index + 1, log, reason })
    }
  }
  return [...missed.values()]
}

function missing(
  { logs }: LogClient,
  path: string,
  { id, subject, kind }: AnnouncedChange,
  truth: ReadonlyMap<number, LogRow>,
): string | undefined {
  const log = logs.get(path)
  if (log === undefined) return 'it does not know the log'
  if (positionOf(log.previous) < id)
    return `its kept link is before change ${id}, at ${log.previous}`
  const known = log.rows.get(subject.id)
  if (known === undefined) return `it never read the row of change ${id} (${kind} ${subject.id})`
  const row = truth.get(subject.id)
  if (row === undefined) return undefined // On an older page.
  const name = (['title', 'state', 'edited'] as const).find((each) => known[each] !== row[each])
  if (name === undefined) return undefined
  return `the ${name} of ${subject.id} is "${row[name]}", and it knows "${known[name]}"`
}

/** The change id in a link such as `…/after/5041?count=10`. */
function positionOf(link: string): number {
  return Number(/\/after\/(\d{1,15})/.exec(link)?.[1] ?? 0)
}
