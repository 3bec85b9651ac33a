/** How often something changes in the log that clients follow. */
export interface Pace {
  readonly name: string
  readonly changes: number
  readonly everyMs: number
}

export const PACES: readonly Pace[] = [
  { name: 'busy', changes: 20, everyMs: 500 },
  { name: 'quiet', changes: 4, everyMs: 5_000 },
]

/** Ways to follow a change log, in the order in which `polling-cost` tries them. */
export const FOLLOWING = ['newest page', 'previous', 'long polling', 'event stream'] as const

/** Name of one phase of `polling-cost`, and of its latencies. */
export function stepOf({ name }: Pace, way: (typeof FOLLOWING)[number]): string {
  return `${name}: ${way}`
}
