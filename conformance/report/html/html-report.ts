import type { SuiteRun } from '../../run-suite.ts'
import type { Rig } from '../../rig/rig.ts'
import type { ExpectationStatus } from '../../runner/outcome/expectations.ts'
import type { Result } from '../../runner/run.ts'
import { countVerdicts } from '../count-verdicts.ts'
import { escapeHtml } from '../escape.ts'

const STYLE = `
body { font: 15px/1.45 system-ui, sans-serif; margin: 2em auto; max-width: 72em; padding: 0 1em; color: #1c1c1c; background: #fff }
table { border-collapse: collapse; width: 100% } td, th { text-align: left; padding: .3em .6em; border-bottom: 1px solid #ddd; vertical-align: top }
.kind { font-weight: 600; white-space: nowrap } .PASS { color: #18733b } .FAIL, .ERROR { color: #b3261e } .WARN, .INCONCLUSIVE { color: #8a5a00 }
.INFO, .SKIP, .BLOCKED { color: #5a5a5a } summary { cursor: pointer } code, pre { font-family: ui-monospace, monospace; font-size: 13px }
.wire { table-layout: fixed; background: #f6f6f4; font: 12px/1.4 ui-monospace, monospace; margin: .5em 0 } .wire td { overflow-wrap: anywhere; border-bottom: 1px solid #e6e6e2 }
.wire th:first-child, .wire td:first-child { width: 5em; text-align: right } .wire td:nth-child(2) { color: #174ea6 } .wire td:nth-child(3) { color: #7a3e00 } small { color: #5a5a5a }`

/** The whole run as one self-contained file: every verdict, and both lanes of the wire for each failure. */
export function htmlReport(run: SuiteRun): string {
  const { target, results, statuses, durationMs, holdMs } = run
  const title = `${target.driver.name}: ${countVerdicts(results)}`
  return [
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
    `<title>${escapeHtml(title)}</title><style>${STYLE}</style>`,
    `<h1>${escapeHtml(title)}</h1>`,
    `<p>${escapeHtml(target.product)}, ${target.driver.role}; ${(durationMs / 1000).toFixed(1)} s, events may take ${holdMs.toFixed(0)} ms.`,
    'This report judges a configuration, not a product. Capabilities that are not claimed were not judged.</p>',
    '<table><tr><th>verdict<th>check<th>rule<th>ms</tr>',
    ...results.map((result) => row(result, statuses.get(result.check.id))),
    '</table></html>\n',
  ].join('\n')
}

function row(
  { check, verdict, transcript, durationMs }: Result<Rig>,
  expectationStatus: ExpectationStatus | undefined,
): string {
  const mark =
    expectationStatus?.kind === 'expected'
      ? `<br><small>expected: ${escapeHtml(expectationStatus.reason)}</small>`
      : ''
  const reason = verdict.reason === '' ? '' : `<br>${escapeHtml(verdict.reason)}`
  const judged = ['FAIL', 'WARN', 'ERROR', 'INCONCLUSIVE'].includes(verdict.kind)
  const meaning = judged ? `<br><small>for users: ${escapeHtml(check.meaning)}</small>` : ''
  return [
    `<tr id="${escapeHtml(check.id)}"><td class="kind ${verdict.kind}">${verdict.kind}${mark === '' ? '' : '*'}`,
    `<td><code>${escapeHtml(check.id)}</code> ${escapeHtml(check.title)}${reason}${meaning}${mark}${lanes(transcript)}`,
    `<td>${escapeHtml(check.source)}<br><small>${check.level}, ${check.basis}</small>`,
    `<td>${durationMs.toFixed(0)}</tr>`,
  ].join('')
}

/** The transcript with one lane per leg: the client's on the left, the back end's on the right, time going down. */
function lanes(transcript: readonly string[]): string {
  if (transcript.length === 0) return ''
  const rows = transcript.map((line) => {
    const [, time = '', lane = '', what = line] = /^ *([\d.]+) ms +([CO]) ([^]*)$/.exec(line) ?? []
    const cell = escapeHtml(what)
    return `<tr><td>${time}<td>${lane === 'O' ? '' : cell}<td>${lane === 'O' ? cell : ''}</tr>`
  })
  const head = '<tr><th>ms<th>our client and the target<th>the target and our back end</tr>'
  return `<details><summary>on the wire</summary><table class="wire">${head}${rows.join('')}</table></details>`
}
