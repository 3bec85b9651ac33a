/** Rate of changes in the log that clients follow. */
export interface Pace {
  readonly name: string
  readonly changes: number
  readonly everyMs: number
}

export const PACES: readonly Pace[] = [
  { name: 'busy', changes: 20, everyMs: 500 },
  { name: 'quiet', changes: 4, everyMs: 5_000 },
]

/** Methods to follow a change log, in the order in which `polling-cost` measures them. */
export const METHODS = ['newest page', 'previous', 'long polling', 'event stream'] as const

export type Method = (typeof METHODS)[number]

/** Name of one phase of `polling-cost`, and of its latencies. */
export function stepName({ name }: Pace, method: Method): string {
  return `${name}: ${method}`
}
