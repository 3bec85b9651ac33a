import { createHash } from 'node:crypto'

import { CATALOGUE } from '../../checks/catalogue.ts'
import type { SuiteRun } from '../../run-suite.ts'
import type { Rig } from '../../rig/rig.ts'
import type { VerdictKind } from '../../runner/outcome/verdict.ts'
import type { Result } from '../../runner/run.ts'
import { causesOf, type Cause } from '../causes/causes.ts'
import { countVerdicts } from '../count-verdicts.ts'
import { escapeHtml } from '../escape.ts'
import { skipsByReason } from '../skips.ts'
import { causeCard } from './cause-card.ts'
import { checkList } from './check-list.ts'
import { PAGE_SCRIPT } from './page-script.ts'
import { PAGE_STYLE } from './page-style.ts'
import { counted } from '../../counted.ts'

/** Of a finding in the index, which has its whole text below. */
const LONGEST_FINDING = 160

/** Only the script of the page may run, whatever a target sends. */
const POLICY = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${createHash('sha256').update(PAGE_SCRIPT).digest('base64')}'`

/** The whole run as one self-contained file: causes of failures first, then every check. */
export function htmlReport(run: SuiteRun): string {
  const { target, results, statuses, stale, durationMs, holdMs } = run
  const causes = causesOf(
    results.filter(({ check }) => statuses.get(check.id)?.kind === 'unexpected'),
  )
  const title = `${target.driver.name}: ${countVerdicts(results)}`
  return [
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
    `<meta http-equiv="Content-Security-Policy" content="${POLICY}">`,
    `<title>${escapeHtml(title)}</title><style>${PAGE_STYLE}</style>`,
    `<h1>${escapeHtml(target.driver.name)}: ${summary(results, causes)}</h1>`,
    `<p>${escapeHtml(countVerdicts(results))}. ${escapeHtml(target.product)}, ${target.driver.role}; ${(durationMs / 1000).toFixed(1)} s, events may take ${holdMs.toFixed(0)} ms.`,
    '<small>This report judges a configuration, not a product.</small></p>',
    index('What failed', causes, (kind) => kind !== 'INCONCLUSIVE'),
    index('What got no verdict', causes, (kind) => kind === 'INCONCLUSIVE'),
    ...causes.map((cause) => causeCard(cause, target)),
    ...stale.map(
      ({ check, verdict }) =>
        `<p class="WARN">Stale expectation: ${escapeHtml(check)} no longer ends in ${verdict}.</p>`,
    ),
    skips(results),
    '<h2 id="checks">All checks</h2>',
    checkList(inOrder(results), statuses),
    `<script>${PAGE_SCRIPT}</script></html>\n`,
  ].join('\n')
}

/** As the catalogue has them: checks end in another order. */
function inOrder(results: readonly Result<Rig>[]): readonly Result<Rig>[] {
  const places = new Map(CATALOGUE.map(({ id }, at) => [id, at]))
  const place = ({ check }: Result<Rig>): number => places.get(check.id) ?? 0
  return results.toSorted((a, b) => place(a) - place(b))
}

function checks(count: number): string {
  return counted(count, 'check')
}

function summary(results: readonly Result<Rig>[], causes: readonly Cause[]): string {
  const found = causes.flatMap(({ lead, others }) => [lead, ...others])
  const undecided = found.filter(({ verdict }) => verdict.kind === 'INCONCLUSIVE').length
  const failed = found.length - undecided
  const blocked = results.filter(({ verdict }) => verdict.kind === 'BLOCKED').length
  const rest = blocked === 0 ? '' : `, ${checks(blocked)} ${blocked === 1 ? 'was' : 'were'} not run`
  if (found.length === 0) return `<span class="PASS">nothing failed unexpectedly</span>`
  const worst = causes[0]?.lead.verdict.kind ?? 'FAIL'
  const parts = [
    ...(failed === 0 ? [] : [`${checks(failed)} failed or warned`]),
    ...(undecided === 0 ? [] : [`${checks(undecided)} got no verdict`]),
  ]
  return `<span class="${worst}">${parts.join(', ')}, for ${counted(causes.length, 'likely cause')}${rest}</span>`
}

/** Links to the causes of these verdicts, each with its first check and a count of the others. */
function index(
  heading: string,
  causes: readonly Cause[],
  isListed: (kind: VerdictKind) => boolean,
): string {
  const items = causes.flatMap(({ title, lead, others }) => {
    const [first, ...more] = [lead, ...others].filter(({ verdict }) => isListed(verdict.kind))
    if (first === undefined) return []
    const { kind, reason } = first.verdict
    const count = more.length === 0 ? '' : ` and ${more.length} more`
    const [finding = ''] = reason.split('\n')
    const short =
      finding.length > LONGEST_FINDING ? `${finding.slice(0, LONGEST_FINDING)}…` : finding
    const said = finding === title ? '' : `: ${escapeHtml(short)}`
    return `<li><span class="kind ${kind}">${kind}</span> <a href="#cause-${escapeHtml(lead.check.id)}">${escapeHtml(title)}</a> <small><code>${escapeHtml(first.check.id)}</code>${count}${said}</small></li>`
  })
  return items.length === 0 ? '' : `<h2>${heading}</h2><ol class="index">${items.join('\n')}</ol>`
}

/** Checks that did not judge, and what would make them. */
function skips(results: readonly Result<Rig>[]): string {
  const groups = skipsByReason(results)
  if (groups.length === 0) return ''
  const count = groups.reduce((sum, { ids }) => sum + ids.length, 0)
  const items = groups.map(({ reason, ids, remedy }) => {
    const how = remedy === '' ? '' : `; <code>${escapeHtml(remedy)}</code>`
    const links = ids.map((id) => `<a href="#${escapeHtml(id)}">${escapeHtml(id)}</a>`)
    return `<li>${ids.length}: ${escapeHtml(reason)}${how}<br><small>${links.join(', ')}</small></li>`
  })
  return `<h2>Not judged</h2><details><summary>${count === 1 ? '1 check does' : `${count} checks do`} not apply, or ${count === 1 ? 'needs' : 'need'} a claim</summary><ul>${items.join('\n')}</ul></details>`
}
