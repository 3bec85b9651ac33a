import type { Rig } from '../rig/rig.ts'
import type { Result } from '../runner/run.ts'
import type { VerdictKind } from '../runner/verdict.ts'

const ORDER: readonly VerdictKind[] = [
  'PASS',
  'FAIL',
  'WARN',
  'INFO',
  'SKIP',
  'BLOCKED',
  'INCONCLUSIVE',
  'ERROR',
]

/** `70 PASS, 2 FAIL`: the kinds that occur, in a fixed order. */
export function countVerdicts(results: readonly Result<Rig>[]): string {
  return ORDER.map(
    (kind) => [kind, results.filter(({ verdict }) => verdict.kind === kind).length] as const,
  )
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${count} ${kind}`)
    .join(', ')
}
