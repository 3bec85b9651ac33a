import type { Facts } from '../../report/journal-entry.ts'
import { record } from '../journal/journal.ts'

/** Runs one step of a scenario. Records its duration and the numbers in its result. */
export async function phase<T extends object>(
  name: string,
  step: () => Promise<T> | T,
): Promise<T> {
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
