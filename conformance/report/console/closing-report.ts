import type { SuiteRun } from '../../run-suite.ts'
import type { Rig } from '../../rig/rig.ts'
import type { ExpectationStatus } from '../../runner/outcome/expectations.ts'
import type { Result } from '../../runner/run.ts'
import { countVerdicts } from '../count-verdicts.ts'
import { escapeConsole } from '../escape.ts'
import { explain } from './explain.ts'

/** One line per check, as it ends. */
export function resultLine(
  { check, verdict, durationMs }: Result<Rig>,
  expectationStatus: ExpectationStatus,
): string {
  const mark = expectationStatus.kind === 'expected' ? ' (expected)' : ''
  const reason = verdict.reason === '' ? check.title : (verdict.reason.split('\n')[0] ?? '')
  return escapeConsole(
    `${verdict.kind.padEnd(12)} ${check.id.padEnd(28)} ${`${durationMs.toFixed(0)} ms`.padStart(9)}  ${reason}${mark}`,
  )
}

/** Explains each failure, then prints the counts. `rerun` returns the command for one check alone. */
export function closingReport(run: SuiteRun, rerun: (id: string) => string): readonly string[] {
  const { target, results, statuses, stale, durationMs } = run
  const blocked = results.filter(({ verdict }) => verdict.kind === 'BLOCKED').length
  const told = results.filter(
    ({ check, verdict }) =>
      statuses.get(check.id)?.kind === 'unexpected' && verdict.kind !== 'BLOCKED',
  )
  const lines = [
    ...told.flatMap((result) => [
      '',
      ...explain(result, { kind: 'unexpected' }, rerun(result.check.id)),
    ]),
    ...(blocked === 0 ? notJudged(results) : []),
    ...(blocked > 0 ? ['', `${blocked} checks were not run: a gate failed, see above.`] : []),
    ...stale.flatMap(({ check, verdict }) => [
      '',
      `STALE  ${check}: ${verdict} was expected and no longer happens; take the entry out of the expectation file`,
    ]),
    '',
    `${target.driver.name} (${target.product}), ${target.driver.role}, ${(durationMs / 1000).toFixed(1)} s: ${countVerdicts(results)}`,
  ]
  return lines.map(escapeConsole)
}

/** Skipped checks, grouped by reason. */
function notJudged(results: readonly Result<Rig>[]): readonly string[] {
  const byReason = new Map<string, string[]>()
  for (const { check, verdict } of results) {
    if (verdict.kind !== 'SKIP') continue
    byReason.set(verdict.reason, [...(byReason.get(verdict.reason) ?? []), check.id])
  }
  if (byReason.size === 0) return []
  return [
    '',
    'Not judged:',
    ...[...byReason].map(([reason, ids]) => {
      const shown = ids.slice(0, 3).join(', ')
      return `  ${String(ids.length).padStart(3)}  ${reason} (${shown}${ids.length > 3 ? ' …' : ''})`
    }),
  ]
}
