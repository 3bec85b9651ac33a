import type { Rig } from '../../rig/rig.ts'
import type { ExpectationStatus } from '../../runner/outcome/expectations.ts'
import type { Result } from '../../runner/run.ts'
import { escapeHtml } from '../escape.ts'

const FILTERS = [
  ['all', ''],
  ['failed', 'FAIL ERROR'],
  ['warned', 'WARN'],
  ['no verdict', 'INCONCLUSIVE'],
  ['passed', 'PASS'],
  ['observed', 'INFO'],
  ['not run', 'SKIP BLOCKED'],
] as const

/** Every check on one line, with a filter by verdict and text. */
export function checkList(
  results: readonly Result<Rig>[],
  statuses: ReadonlyMap<string, ExpectationStatus>,
): string {
  const buttons = FILTERS.map(
    ([name, kinds], at) =>
      `<button type="button" data-kinds="${kinds}" aria-pressed="${at === 0}">${name}</button>`,
  )
  return [
    `<div class="filter">${buttons.join('')}<input type="search" aria-label="search" placeholder="id or text"><output></output></div>`,
    ...results.map((result) => row(result, statuses.get(result.check.id))),
  ].join('\n')
}

function row(
  { check, verdict, durationMs }: Result<Rig>,
  expectationStatus: ExpectationStatus | undefined,
): string {
  const id = escapeHtml(check.id)
  const isRun = verdict.kind !== 'SKIP' && verdict.kind !== 'BLOCKED'
  // The finding of a gate is at the top; here each row would repeat it.
  const [line = ''] = verdict.reason.split(verdict.kind === 'BLOCKED' ? ': ' : '\n')
  const reason = line === '' ? '' : `<br><small>${escapeHtml(line)}</small>`
  const expected =
    expectationStatus?.kind === 'expected'
      ? `<br><small>expected: ${escapeHtml(expectationStatus.reason)}</small>`
      : ''
  return [
    `<div class="check" id="${id}" data-kind="${verdict.kind}">`,
    `<span class="kind ${verdict.kind}">${verdict.kind}${expected === '' ? '' : '*'}</span>`,
    `<span><a href="#${id}"><code>${id}</code></a> ${escapeHtml(check.title)}${reason}${expected}</span>`,
    `<small>${escapeHtml(check.source)}, ${check.level}</small>`,
    `<span class="ms">${isRun ? `${durationMs.toFixed(0)} ms` : ''}</span></div>`,
  ].join('')
}
