import { CATALOGUE } from '../checks/catalogue.ts'
import { formatExpectations } from '../drivers/expectation-file.ts'
import { loadTarget, type LoadedTarget } from '../drivers/load-target.ts'
import { judgeTarget, type Judgement } from '../judge.ts'
import { badge } from '../report/badge.ts'
import { closingReport, resultLine } from '../report/console-report.ts'
import { htmlReport } from '../report/html-report.ts'
import { jsonReport } from '../report/json-report.ts'
import { junitReport } from '../report/junit-report.ts'
import { markdownReport } from '../report/markdown-report.ts'
import { exitCode } from '../runner/outcome/exit-code.ts'
import type { Expectation } from '../runner/outcome/expectations.ts'
import { choose } from '../runner/selection/select.ts'
import type { JudgeOptions, ReportKind } from './options.ts'
import { writeText } from './write-text.ts'
import { tellHints } from './hints.ts'

const REPORTS: Readonly<Record<ReportKind, (judgement: Judgement) => string>> = {
  json: jsonReport,
  junit: junitReport,
  html: htmlReport,
  markdown: markdownReport,
  badge,
}

/** Does what the command line asks for; returns the exit code. */
export async function runCommand(
  options: JudgeOptions,
  print: (text: string) => void,
): Promise<number> {
  const target = loadTarget({ ...options, print })
  if (options.list) return listChecks(options, target, print)
  const judgement = await judgeTarget({
    target,
    selection: options.selection,
    serial: options.serial,
    seed: options.seed,
    onResult: (result, standing) => {
      // What is not judged is told once, at the end.
      if (!['SKIP', 'BLOCKED'].includes(result.verdict.kind))
        print(`${resultLine(result, standing)}\n`)
    },
  })
  const rerun = (id: string): string => `npm run conformance -- ${target.flags} --only ${id}`
  print(`${closingReport(judgement, rerun).join('\n')}\n`)
  if (options.selection.only.length === 0) await tellHints(judgement, print)
  for (const [kind, path] of Object.entries(options.reports)) {
    if (isReportKind(kind)) writeText(path, REPORTS[kind](judgement))
  }
  if (options.printExpectations) print(`\n${formatExpectations(unexpectedOnes(judgement))}`)
  if (options.recordExpectations !== undefined) {
    writeText(options.recordExpectations, formatExpectations(unexpectedOnes(judgement)))
  }
  const code = exitCode({ ...judgement, strict: options.strict })
  if (code === 4)
    print(
      'Nothing was selected: no check that judges the target has an id that --only and --skip leave.\n',
    )
  return code
}

function listChecks(
  { selection }: JudgeOptions,
  { driver }: LoadedTarget,
  print: (text: string) => void,
): number {
  const lines = CATALOGUE.flatMap((check) => {
    const choice = choose(check, driver.role, driver.claims, selection)
    if (choice.kind === 'out') return []
    const note = choice.kind === 'skip' ? ` (not run: ${choice.reason})` : ''
    return [`${check.id.padEnd(28)} ${check.level.padEnd(7)} ${check.title}${note}\n`]
  })
  print(lines.join(''))
  return lines.length === 0 ? 4 : 0
}

function unexpectedOnes({ results, standings }: Judgement): readonly Expectation[] {
  return results.flatMap(({ check, verdict: { kind, reason } }) => {
    const excusable = kind === 'FAIL' || kind === 'WARN' || kind === 'INCONCLUSIVE'
    if (!excusable || standings.get(check.id)?.kind !== 'unexpected') return []
    return [{ check: check.id, verdict: kind, reason: `Say why: ${reason.split('\n')[0] ?? ''}` }]
  })
}

function isReportKind(kind: string): kind is ReportKind {
  return kind in REPORTS
}
