import type { Client } from './api-types.ts'
import type { Entry } from './entry.ts'
import { plural } from './entry-text.ts'

/** Clients that are named; the rest is counted. */
const MAX_NAMES = 20

/** What followed from one change. */
export interface Effects {
  readonly change: Extract<Entry, { kind: 'change' }> | undefined
  readonly frames: readonly Extract<Entry, { kind: 'frame' }>[]
  /** Pages of change logs on which clients read the row. */
  readonly polls: readonly Extract<Entry, { kind: 'response' }>[]
  readonly faults: readonly Extract<Entry, { kind: 'fault' }>[]
}

/** Sorts the entries of one correlation by what they tell. */
export function effectsOf(entries: readonly Entry[]): Effects {
  return {
    change: entries.find((entry) => entry.kind === 'change'),
    frames: entries.filter((entry) => entry.kind === 'frame'),
    polls: entries.filter((entry) => entry.kind === 'response').filter(({ log }) => log !== null),
    faults: entries.filter((entry) => entry.kind === 'fault'),
  }
}

/**
 * Whom a frame was sent to: clients that are still open and were so then by name, the others by
 * their number.
 */
export function receiversOf(
  { at, client, clients, stream }: Extract<Entry, { kind: 'frame' }>,
  open: readonly Client[],
): string {
  if (client !== null) return client
  const known = open.filter((one) => one.stream === stream && one.since <= at).map(({ id }) => id)
  const names = known.slice(0, MAX_NAMES)
  const others = clients - names.length
  return [
    ...names,
    ...(others > 0 ? [plural(others, names.length > 0 ? 'other' : 'client')] : []),
  ].join(', ')
}

/** Milliseconds from the change to an entry. */
export function afterChange({ change }: Effects, { at }: Entry): string {
  if (change === undefined) return ''
  return `+${Date.parse(at) - Date.parse(change.at)} ms`
}
