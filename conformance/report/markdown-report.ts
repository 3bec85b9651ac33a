import type { SuiteRun } from '../run-suite.ts'
import type { Rig } from '../rig/rig.ts'
import type { Result } from '../runner/run.ts'
import { causesOf, type Cause } from './causes/causes.ts'
import { countVerdicts } from './count-verdicts.ts'
import { escapeConsole, escapeMarkdown } from './escape.ts'
import { rerunCommand } from './rerun.ts'

const SHOWN_IDS = 8

/**
 * A summary for a pull request comment: likely causes first, then counts per group, then what is
 * expected.
 */
export function markdownReport(run: SuiteRun): string {
  const { target, results, statuses, stale } = run
  const status = ({ check }: Result<Rig>): string | undefined => statuses.get(check.id)?.kind
  const causes = causesOf(results.filter((result) => status(result) === 'unexpected'))
  const expected = results.filter((result) => status(result) === 'expected')
  const groups = [...new Set(results.map(({ check }) => groupOf(check.id)))]
  const counts = groups.map(
    (group) =>
      `| ${group} | ${countVerdicts(results.filter(({ check }) => groupOf(check.id) === group))} |`,
  )
  return [
    `### ${escapeMarkdown(target.driver.name)} (${target.driver.role}): ${countVerdicts(results)}`,
    ...(causes.length === 0 ? [] : ['', '| verdict | check | what came |', '|---|---|---|']),
    ...causes.map(row),
    ...causes
      .slice(0, 1)
      .flatMap(({ lead }) => [
        '',
        `See the first again: ${code(rerunCommand(target, lead.check.id))}`,
      ]),
    '',
    '| group | verdicts |',
    '|---|---|',
    ...counts,
    ...(expected.length === 0 ? [] : ['', '| expected | check | what came |', '|---|---|---|']),
    ...expected.map(
      ({ check, verdict }) =>
        `| ${verdict.kind} (expected) | \`${check.id}\` ${check.title} | ${firstLine(verdict.reason)} |`,
    ),
    ...stale.map(
      ({ check, verdict }) =>
        `\nStale expectation: ${escapeMarkdown(check)} no longer ends in ${verdict}.`,
    ),
    '',
  ].join('\n')
}

function row({ usually, lead, others }: Cause): string {
  const { check, verdict } = lead
  const ids = others.slice(0, SHOWN_IDS).map((other) => `\`${other.check.id}\``)
  const more = others.length > SHOWN_IDS ? ' …' : ''
  const same =
    others.length === 0 ? '' : `<br>the same: ${others.length} more (${ids.join(', ')}${more})`
  const usual = usually === undefined ? '' : `<br>usually: ${escapeMarkdown(usually)}`
  return `| ${verdict.kind} | \`${check.id}\` ${check.title}${same} | ${firstLine(verdict.reason)}${usual} |`
}

/** Inline code that its content cannot end. */
function code(text: string): string {
  const longest = Math.max(0, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  const plain = escapeConsole(text).replaceAll('\n', ' ')
  return `${fence} ${plain} ${fence}`
}

function firstLine(reason: string): string {
  return escapeMarkdown(reason.split('\n')[0] ?? '')
}

const groupOf = (id: string): string => id.split('.')[0] ?? ''
