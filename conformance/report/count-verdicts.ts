import type { Rig } from '../rig/rig.ts'
import type { Result } from '../runner/run.ts'
import { VERDICT_KINDS } from '../runner/outcome/verdict.ts'

/** `70 PASS, 2 FAIL`: the kinds that occur, in a fixed order. */
export function countVerdicts(results: readonly Result<Rig>[]): string {
  return VERDICT_KINDS.map(
    (kind) => [kind, results.filter(({ verdict }) => verdict.kind === kind).length] as const,
  )
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${count} ${kind}`)
    .join(', ')
}
