import type { Expectation, ExpectationStatus } from './expectations.ts'
import type { Result } from '../run.ts'

export interface Summary<Rig> {
  readonly results: readonly Result<Rig>[]
  readonly statuses: ReadonlyMap<string, ExpectationStatus>
  readonly stale: readonly Expectation[]
  readonly strict: boolean
  /** `--only` names a gate, which runs in any case. */
  readonly selectsGate?: boolean | undefined
}

/**
 * 0 success · 1 a must failed unexpectedly, or could not be judged · 2 usage error, see `main.ts` ·
 * 3 the target is unreachable or a gate failed · 4 nothing was selected · 5 an expected failure no
 * longer happens · 6 a should failed and `--strict` was given · 70 a fault of the suite.
 */
export function exitCode<Rig>({
  results,
  statuses,
  stale,
  strict,
  selectsGate = false,
}: Summary<Rig>): number {
  const unexpected = results.filter(({ check }) => statuses.get(check.id)?.kind === 'unexpected')
  const some = (kind: string): boolean => unexpected.some(({ verdict }) => verdict.kind === kind)
  if (some('ERROR')) return 70
  if (unexpected.some(({ check }) => check.level === 'gate') || some('BLOCKED')) return 3
  const onlyGates = results.every(
    ({ check, verdict }) => check.level === 'gate' || verdict.kind === 'SKIP',
  )
  if (onlyGates && !selectsGate) return 4
  if (some('FAIL') || some('INCONCLUSIVE')) return 1
  if (stale.length > 0) return 5
  return strict && some('WARN') ? 6 : 0
}
