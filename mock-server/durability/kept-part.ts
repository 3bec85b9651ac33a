/** A part of a space whose state is kept: its pieces and effects as JSON. */
export interface KeptPart {
  /** A copy of everything as it is now, cheap to take. Its pieces may be read later. */
  cut(): Iterable<unknown>
  /** Replaces everything with what was cut. */
  restore(pieces: Iterable<unknown>): void
  /** Applies an effect of an earlier run. */
  replay(effect: unknown): void
}

/** The names under which the parts of a space are kept. */
export type PartName = 'content' | 'live-center' | 'newsgate'

export type KeptParts = Readonly<Record<PartName, KeptPart>>
