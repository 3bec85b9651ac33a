import type { Capability, Role, Variant } from './target.ts'

/**
 * How much a check weighs: a gate stops the run; a failed `must` decides the exit code; `info` is
 * never scored.
 */
export type Level = 'gate' | 'must' | 'should' | 'info'

/**
 * The basis of a rule: documented by the vendor, required by a standard, derived from either, or
 * our own choice. Choices bind only targets that claim them.
 */
type Basis = 'documented' | 'standard' | 'derived' | 'choice'

/**
 * quick: under 2 s · slow: under 20 s · long: waits for duration, beside all others · idle: waits
 * for silence or duration, runs only on request.
 */
type Cost = 'quick' | 'slow' | 'long' | 'idle'

/**
 * One rule of the catalogue as data, and the code that verifies it. `Rig` has the tools of the
 * check.
 */
export interface Check<Rig> {
  /** `group.name`; never changes. */
  readonly id: string
  /** What a conforming target does, as a sentence. */
  readonly title: string
  readonly level: Level
  readonly basis: Basis
  /** Where the rule is written, e.g. `[sse §9.2.6]`. */
  readonly source: string
  /** The effect for users when a target fails. */
  readonly meaning: string
  readonly roles: readonly Role[]
  readonly needs: readonly Capability[]
  readonly cost: Cost
  /** Seconds of silence or duration that an idle check waits for; `--max-idle` selects by it. */
  readonly idleSeconds: number
  /** The variant of the target that the rule needs. Left out: the usual settings. */
  readonly variant?: Variant | undefined
  /** Mutants that this check must fail; each role has at least one. */
  readonly kills: readonly string[]
  /** True: the check needs its own target, because it breaks the target or needs an unused one. */
  readonly freshTarget: boolean
  /** True: the check tries many rules at once. One of a single rule says more about a fault. */
  readonly isBroad: boolean
  /** Returns a measured value to print, or nothing. Throws a `Finding` when the rule is broken. */
  run(rig: Rig): Promise<string | void>
}

type Declared = 'id' | 'title' | 'level' | 'source' | 'kills' | 'run' | 'meaning' | 'roles'

type CheckDefinition<Rig> = Pick<Check<Rig>, Declared> & Partial<Omit<Check<Rig>, Declared>>

/** Fills in the defaults: derived, quick, no claims needed, shared target. */
export function defineCheck<Rig>(definition: CheckDefinition<Rig>): Check<Rig> {
  return {
    basis: 'derived',
    needs: [],
    cost: 'quick',
    idleSeconds: 0,
    freshTarget: false,
    isBroad: false,
    ...definition,
  }
}
