import type { Check } from '../check.ts'
import { matchesGlob } from './glob.ts'
import type { Claims, Role } from '../target.ts'

export interface Selection {
  /** Globs of ids; empty: all. */
  readonly only: readonly string[]
  readonly skip: readonly string[]
  /** Checks of cost `idle` run when they wait no longer than this; 0: none. */
  readonly maxIdleSeconds: number
}

/** Whether a check runs, and if not, why. `out`: not selected and not reported. */
export type Choice =
  | { readonly kind: 'run' }
  | { readonly kind: 'skip'; readonly reason: string }
  | { readonly kind: 'out' }

/**
 * Decides whether one check runs. Gates always run: without them no other verdict is meaningful.
 */
export function choose<Rig>(
  check: Check<Rig>,
  role: Role,
  claims: Claims,
  selection: Selection,
): Choice {
  if (!check.roles.includes(role)) return { kind: 'out' }
  if (check.level === 'gate') return { kind: 'run' }
  const { only, skip } = selection
  if (only.length > 0 && !only.some((glob) => matchesGlob(glob, check.id))) return { kind: 'out' }
  if (skip.some((glob) => matchesGlob(glob, check.id)))
    return { kind: 'skip', reason: 'left out by --skip' }
  const missing = check.needs.filter((capability) => !claims.capabilities.includes(capability))
  if (missing.length > 0) {
    return { kind: 'skip', reason: `the target does not claim: ${missing.join(', ')}` }
  }
  if (check.variant !== undefined && claims.variants?.[check.variant] === undefined) {
    return { kind: 'skip', reason: `the target describes no variant "${check.variant}"` }
  }
  if (
    check.cost === 'idle' &&
    check.idleSeconds > selection.maxIdleSeconds &&
    !only.includes(check.id)
  ) {
    return {
      kind: 'skip',
      reason: 'waits for silence or duration; add --max-idle SECONDS',
    }
  }
  return { kind: 'run' }
}
