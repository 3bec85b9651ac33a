/** Faults that differ only in their numbers: the same trouble on other streams. */
export interface FaultGroup {
  /** The first of them. */
  readonly text: string
  readonly count: number
}

/** Groups faults by their text without numbers, most frequent first. */
export function groupFaults(faults: readonly string[]): readonly FaultGroup[] {
  const groups = new Map<string, FaultGroup>()
  for (const text of faults) {
    const shape = text.replaceAll(/\d+(?:\.\d+)?/g, '#')
    const { text: first, count } = groups.get(shape) ?? { text, count: 0 }
    groups.set(shape, { text: first, count: count + 1 })
  }
  return [...groups.values()].toSorted((a, b) => b.count - a.count)
}
