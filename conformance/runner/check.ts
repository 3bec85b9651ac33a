import type { Capability, Role, Variant } from './target.ts'

/** How much a check weighs: a gate stops the run; a failed `must` decides the exit code; `info` is never scored. */
export type Level = 'gate' | 'must' | 'should' | 'info'

/**
 * Why a check may demand what it demands: the vendor documents it, a standard says it, it follows from either, or it is
 * our own choice. Choices bind only targets that claim them.
 */
type Basis = 'documented' | 'standard' | 'derived' | 'choice'

/** quick: under 2 s · slow: under 20 s · idle: waits for silence or duration, runs only when asked. */
type Cost = 'quick' | 'slow' | 'idle'

/** One rule of the catalogue as data, and how to see whether a target keeps it. `Rig` is what the check may touch. */
export interface Check<Rig> {
  /** `group.name`; stable for good. */
  readonly id: string
  /** What a conforming target does, as a sentence. */
  readonly title: string
  readonly level: Level
  readonly basis: Basis
  /** Where the rule is written, e.g. `[sse §9.2.6]`. */
  readonly source: string
  /** What users feel when a target fails. */
  readonly meaning: string
  readonly roles: readonly Role[]
  readonly needs: readonly Capability[]
  readonly cost: Cost
  /** Seconds of silence or duration that an idle check waits for; `--max-idle` selects by it. */
  readonly idleSeconds: number
  /** Settings of the target under which the rule can be judged; left out: the usual ones. */
  readonly variant?: Variant | undefined
  /** Mutants that this check must fail; each role has at least one. */
  readonly kills: readonly string[]
  /** A target of its own: the check breaks things, or needs a target that no check has used. */
  readonly freshTarget: boolean
  /** Returns a measured value to print, or nothing; throws a `Finding` when the rule is broken. */
  run(rig: Rig): Promise<string | void>
}

type Declared = 'id' | 'title' | 'level' | 'source' | 'kills' | 'run' | 'meaning' | 'roles'

type CheckDefinition<Rig> = Pick<Check<Rig>, Declared> & Partial<Omit<Check<Rig>, Declared>>

/** Fills in what most checks have in common: derived, quick, no claims needed, shared target. */
export function defineCheck<Rig>(definition: CheckDefinition<Rig>): Check<Rig> {
  return {
    basis: 'derived',
    needs: [],
    cost: 'quick',
    idleSeconds: 0,
    freshTarget: false,
    ...definition,
  }
}
