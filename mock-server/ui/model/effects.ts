import type { Entry } from './entry.ts'

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

/** Milliseconds from the change to an entry. */
export function afterChange({ change }: Effects, { at }: Entry): string {
  if (change === undefined) return ''
  return `+${Date.parse(at) - Date.parse(change.at)} ms`
}
