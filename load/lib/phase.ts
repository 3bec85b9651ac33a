import { type Facts, note } from './journal.ts'

/** Runs one step of a scenario and notes how long it took and what it came to. */
export async function phase<T extends object>(
  name: string,
  step: () => Promise<T> | T,
): Promise<T> {
  const startedMs = Date.now()
  const result = await step()
  note({ kind: 'phase', name, tookMs: Date.now() - startedMs, facts: numbersOf(result) })
  return result
}

/** The members of an object that are numbers. */
export function numbersOf(result: object): Facts {
  const entries: readonly (readonly [string, unknown])[] = Object.entries(result)
  return Object.fromEntries(
    entries.filter((entry): entry is readonly [string, number] => typeof entry[1] === 'number'),
  )
}
