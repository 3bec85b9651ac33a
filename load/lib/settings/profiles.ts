export const PROFILE_NAMES = ['smoke', 'baseline', 'scale', 'soak'] as const

export type ProfileName = (typeof PROFILE_NAMES)[number]

/** The sizes of a run. A change is one item created through the store's web service. */
export interface Profile {
  readonly streams: number
  /** New connections per second, of all processes together. */
  readonly perSecond: number
  /** Changes that all streams see live. */
  readonly liveChanges: number
  /** Fraction of the streams that disconnect and reconnect, 0 to 1. */
  readonly dropFraction: number
  /** Fraction of the streams that a storm resets and reconnects all at once, 0 to 1. */
  readonly stormFraction: number
  /** Changes made while they are away. */
  readonly awayChanges: number
  /** Changes made after they have reconnected. */
  readonly lateChanges: number
  /** How long all streams stay open and idle before changes, in each round. */
  readonly holdMs: number
  /** Number of rounds. */
  readonly rounds: number
  /** Ascending numbers of streams, for scenarios that compare sizes. */
  readonly steps: readonly number[]
}

/** Named sizes: the same scenario in seconds on every push, or at the scale of a newsroom. */
export const PROFILES: Readonly<Record<ProfileName, Profile>> = {
  smoke: {
    streams: 1_000,
    perSecond: 1_000,
    liveChanges: 50,
    dropFraction: 0.1,
    stormFraction: 0.5,
    awayChanges: 20,
    lateChanges: 10,
    holdMs: 1_000,
    rounds: 1,
    steps: [200, 1_000],
  },
  baseline: {
    streams: 5_000,
    perSecond: 1_000,
    liveChanges: 100,
    dropFraction: 0.1,
    stormFraction: 0.5,
    awayChanges: 50,
    lateChanges: 20,
    holdMs: 10_000,
    rounds: 1,
    steps: [1_000, 2_000, 5_000],
  },
  scale: {
    streams: 28_000,
    perSecond: 1_000,
    liveChanges: 50,
    dropFraction: 0.1,
    stormFraction: 0.1,
    awayChanges: 20,
    lateChanges: 10,
    holdMs: 10_000,
    rounds: 1,
    steps: [1_000, 5_000, 10_000, 20_000, 28_000],
  },
  soak: {
    streams: 5_000,
    perSecond: 1_000,
    liveChanges: 20,
    dropFraction: 0.1,
    stormFraction: 0.5,
    awayChanges: 10,
    lateChanges: 5,
    holdMs: 59_000,
    rounds: 20,
    steps: [5_000],
  },
}
