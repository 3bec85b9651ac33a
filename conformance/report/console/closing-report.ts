import type { SuiteRun } from '../../run-suite.ts'
import type { Rig } from '../../rig/rig.ts'
import type { ExpectationStatus } from '../../runner/outcome/expectations.ts'
import type { VerdictKind } from '../../runner/outcome/verdict.ts'
import type { Result } from '../../runner/run.ts'
import { causesOf } from '../causes/causes.ts'
import { countVerdicts } from '../count-verdicts.ts'
import { escapeConsole } from '../escape.ts'
import { rerunCommand } from '../rerun.ts'
import { skipsByReason } from '../skips.ts'
import { explainCause } from './explain.ts'

/** One line per check, as it ends. */
export function resultLine(
  { check, verdict, durationMs }: Result<Rig>,
  expectationStatus: ExpectationStatus,
): string {
  const mark = expectationStatus.kind === 'expected' ? ' (expected)' : ''
  const [reason = ''] = verdict.reason.split('\n')
  return escapeConsole(
    `${verdict.kind.padEnd(12)} ${check.id.padEnd(28)} ${`${durationMs.toFixed(0)} ms`.padStart(9)}  ${reason || check.title}${mark}`,
  )
}

/**
 * Explains each cause of failures once. Then lists, one line each, the checks that failed and those
 * without a verdict, and the counts.
 */
export function closingReport(run: SuiteRun): readonly string[] {
  const { target, results, statuses, stale, durationMs } = run
  const status = ({ check }: Result<Rig>): string | undefined => statuses.get(check.id)?.kind
  const blocked = results.filter(({ verdict }) => verdict.kind === 'BLOCKED').length
  const causes = causesOf(results.filter((result) => status(result) === 'unexpected'))
  const found = causes.flatMap(({ title, lead, others }) =>
    [lead, ...others].map(({ check, verdict }) => ({
      kind: verdict.kind,
      id: check.id,
      // The title of a gate says what works, not what is wrong.
      title: check.level === 'gate' ? title : check.title,
    })),
  )
  const failed = found.filter(({ kind }) => kind !== 'INCONCLUSIVE')
  const undecided = found.filter(({ kind }) => kind === 'INCONCLUSIVE')
  const expected = results.filter((result) => status(result) === 'expected').length
  const lines = [
    ...causes.flatMap((cause) => [
      '',
      ...explainCause(cause, rerunCommand(target, cause.lead.check.id)),
    ]),
    ...(blocked === 0 ? notJudged(results) : []),
    ...stale.flatMap(({ check, verdict }) => [
      '',
      `STALE  ${check}: ${verdict} was expected and no longer happens; take the entry out of the expectation file`,
    ]),
    ...listed('What failed:', failed),
    ...listed('What got no verdict:', undecided),
    '',
    ...(blocked > 0
      ? [
          `${blocked === 1 ? '1 check was' : `${blocked} checks were`} not run: a gate failed, see above.`,
        ]
      : []),
    ...(expected > 0 && found.length === 0
      ? [`Every failure (${expected}) is expected: the expectation file gives the reasons.`]
      : []),
    `${target.driver.name} (${target.product}), ${target.driver.role}, ${(durationMs / 1000).toFixed(1)} s: ${countVerdicts(results)}`,
  ]
  return lines.map(escapeConsole)
}

interface Listed {
  readonly kind: VerdictKind
  readonly id: string
  readonly title: string
}

function listed(heading: string, checks: readonly Listed[]): readonly string[] {
  if (checks.length === 0) return []
  const lines = checks.map(
    ({ kind, id, title }) => `  ${kind.padEnd(12)} ${id.padEnd(24)} ${title}`,
  )
  return ['', heading, ...lines]
}

/** Skipped checks, grouped by reason. */
function notJudged(results: readonly Result<Rig>[]): readonly string[] {
  const skips = skipsByReason(results)
  if (skips.length === 0) return []
  return [
    '',
    'Not judged:',
    ...skips.map(({ reason, ids, remedy }) => {
      const shown = ids.slice(0, 3).join(', ')
      return `  ${String(ids.length).padStart(3)}  ${reason}${remedy === '' ? '' : `; ${remedy}`} (${shown}${ids.length > 3 ? ' …' : ''})`
    }),
  ]
}
