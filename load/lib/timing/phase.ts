import type { Facts } from '../../report/journal-entry.ts'
import { record } from '../journal/journal.ts'

/**
 * Runs one step of a scenario. Records its begin, its duration and the numbers in its result.
 * `lastsMs` is the duration of a step that waits.
 */
export async function phase<T extends object>(
  name: string,
  step: () => Promise<T> | T,
  lastsMs?: number,
): Promise<T> {
  record({ kind: 'begin', name, ...(lastsMs !== undefined && { lastsMs }) })
  const startedMs = Date.now()
  const result = await step()
  record({ kind: 'phase', name, tookMs: Date.now() - startedMs, facts: numericFields(result) })
  return result
}

/** The properties of an object that are numbers. */
export function numericFields(result: object): Facts {
  const entries: readonly (readonly [string, unknown])[] = Object.entries(result)
  return Object.fromEntries(
    entries.filter((entry): entry is readonly [string, number] => typeof entry[1] === 'number'),
  )
}
