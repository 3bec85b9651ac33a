import { MockServerError } from '../errors.ts'

/**
 * Limits of what callers can make the store hold, documented in `docs/mock-server.md`. `reset`
 * empties the content again.
 */
export const LIMITS = {
  items: 200_000,
  /** Lines of all items' histories. Above it, an item keeps only its latest ten. */
  historyLines: 2_000_000,
  /**
   * Characters of all earlier versions of items, 1,000 more for each. Above it, the oldest versions
   * are forgotten.
   */
  versionLength: 33_554_432,
  persons: 100_000,
  sections: 20_000,
  /** Depth of nested sections. */
  sectionDepth: 50,
  /** Items of one list or inbox. */
  listItems: 1_000,
  /** Uploaded files. */
  binaries: 10_000,
  /** Locks of all items. */
  locks: 10_000,
  locksPerItem: 100,
  /** Transitions of items that are due later. */
  schedules: 1_000,
  liveEntries: 100_000,
  /** Calls of `wait` that are open. */
  waiters: 1_000,
  /** Streams of the journal's entries. */
  journalFollowers: 100,
  /** Streams of the live monitor. */
  statsFollowers: 100,
  /** Connections of the process that a fault `half-open` does not read. */
  halfOpenConnections: 1_000,
  /** Faults of one plan. */
  faults: 100,
  /** Scenarios that run in one space at the same time. */
  runningScenarios: 1,
  /** Timers that one advance of the clock runs: a heartbeat of a second for a day is 86,400. */
  timersPerAdvance: 200_000,
  /** Saved contents of one space. */
  snapshots: 50,
  /** Memory of all saved contents of one space, estimated, in bytes. */
  snapshotBytes: 536_870_912,
  /** Spaces beside the default one. Each has the other limits for itself. */
  spaces: 100,
  /** Host names of one space. */
  spaceHosts: 20,
  /** Characters of one title or name. */
  titleLength: 10_000,
  /**
   * Characters of the parts of one entry that the store keeps and does not know, one kind of parts
   * at a time.
   */
  keptLength: 2_097_152,
  /** Characters of one lock's summary or fragment. */
  lockTextLength: 1_000,
  /** Characters of all titles, payloads, kept parts and names together. */
  contentLength: 268_435_456,
} as const

export type LimitName = keyof typeof LIMITS
export type Limits = Readonly<Record<LimitName, number>>

/** Limits that the setting `limits` may lower: what a client meets them with is the same. */
export const LOWERED_LIMITS = [
  'items',
  'historyLines',
  'persons',
  'binaries',
  'locks',
  'liveEntries',
  'contentLength',
  'snapshots',
  'snapshotBytes',
  'timersPerAdvance',
] as const satisfies readonly LimitName[]

export type LoweredLimits = Readonly<Partial<Record<(typeof LOWERED_LIMITS)[number], number>>>

/** What a reset leaves as it is. */
const LASTING: ReadonlySet<LimitName> = new Set([
  'snapshots',
  'spaces',
  'spaceHosts',
  'journalFollowers',
  'statsFollowers',
])

/** Throws `limit-reached` (409) when the limit would be exceeded. */
export function assertCount(name: LimitName, count: number, limits: Limits = LIMITS): void {
  if (count <= limits[name]) return
  throw new MockServerError(
    'limit-reached',
    `${name}: the store holds at most ${limits[name]}; remove some${LASTING.has(name) ? '' : ', or reset the store'}`,
    { limit: name },
  )
}

/**
 * Throws `too-large` (413) when a text, or all of them together, is longer than the limit allows, or
 * saved contents are larger.
 */
export function assertLength(name: LimitName, length: number, limits: Limits = LIMITS): void {
  if (length <= limits[name]) return
  const unit = name === 'snapshotBytes' ? 'bytes' : 'characters'
  throw new MockServerError(
    'too-large',
    `${name}: expected at most ${limits[name]} ${unit}, got ${length}`,
    { limit: name },
  )
}
