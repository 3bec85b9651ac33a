import type { SuiteRun } from '../run-suite.ts'
import { countVerdicts } from './count-verdicts.ts'
import { escapeMarkdown } from './escape.ts'

/** A summary for a pull request comment: counts per group, then the checks that did not pass. */
export function markdownReport({ target, results, statuses, stale }: SuiteRun): string {
  const groups = [...new Set(results.map(({ check }) => groupOf(check.id)))]
  const notable = results.filter(({ verdict }) => !['PASS', 'INFO', 'SKIP'].includes(verdict.kind))
  return [
    `### ${escapeMarkdown(target.driver.name)} (${target.driver.role}): ${countVerdicts(results)}`,
    '',
    '| group | verdicts |',
    '|---|---|',
    ...groups.map(
      (group) =>
        `| ${group} | ${countVerdicts(results.filter(({ check }) => groupOf(check.id) === group))} |`,
    ),
    ...(notable.length === 0 ? [] : ['', '| verdict | check | what came |', '|---|---|---|']),
    ...notable.map(({ check, verdict }) => {
      const known = statuses.get(check.id)?.kind === 'expected' ? ' (expected)' : ''
      return `| ${verdict.kind}${known} | \`${check.id}\` ${check.title} | ${escapeMarkdown(verdict.reason.split('\n')[0] ?? '')} |`
    }),
    ...stale.map(
      ({ check, verdict }) =>
        `\nStale expectation: ${escapeMarkdown(check)} no longer ends in ${verdict}.`,
    ),
    '',
  ].join('\n')
}

const groupOf = (id: string): string => id.split('.')[0] ?? ''
