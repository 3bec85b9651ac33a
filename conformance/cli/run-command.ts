import { CATALOGUE } from '../checks/catalogue.ts'
import { formatExpectations } from '../drivers/expectation-file.ts'
import { loadTarget, type LoadedTarget } from '../drivers/load-target.ts'
import { runSuite, type SuiteRun } from '../run-suite.ts'
import { closingReport } from '../report/console/closing-report.ts'
import { REPORTS, type ReportKind } from '../report/reports.ts'
import { exitCode } from '../runner/outcome/exit-code.ts'
import type { Expectation } from '../runner/outcome/expectations.ts'
import { matchesGlob } from '../runner/selection/glob.ts'
import { choose } from '../runner/selection/select.ts'
import type { JudgeOptions } from './options.ts'
import { requireWritable, writeText } from './write-text.ts'
import { tellHints } from './hints.ts'
import { RunConsole, type RunConsoleOptions } from './run-console.ts'

/** Runs the parsed command. Returns the exit code. */
export async function runCommand(
  options: JudgeOptions,
  streams: Omit<RunConsoleOptions, 'isQuiet'>,
): Promise<number> {
  using console = new RunConsole({ ...streams, isQuiet: options.isQuiet })
  const { print } = console
  const target = loadTarget({ ...options, print })
  if (options.list) return listChecks(options, target, print)
  for (const path of Object.values(options.reports)) requireWritable(path)
  if (options.recordExpectations !== undefined) requireWritable(options.recordExpectations)
  console.plan(CATALOGUE, target.driver, options.selection)
  const run = await runSuite({
    target,
    selection: options.selection,
    serial: options.serial,
    seed: options.seed,
    strict: options.strict,
    onResult: console.addResult,
  })

  print(`${closingReport(run).join('\n')}\n`)
  if (options.selection.only.length === 0) await tellHints(run, print)
  for (const [kind, path] of Object.entries(options.reports)) {
    if (isReportKind(kind)) writeText(path, REPORTS[kind](run))
  }
  if (options.printExpectations) print(`\n${formatExpectations(unexpectedOnes(run))}`)
  if (options.recordExpectations !== undefined) {
    writeText(options.recordExpectations, formatExpectations(unexpectedOnes(run)))
  }
  const selectsGate = run.results.some(
    ({ check }) =>
      check.level === 'gate' && options.selection.only.some((glob) => matchesGlob(glob, check.id)),
  )
  const code = exitCode({ ...run, strict: options.strict, selectsGate })
  if (code === 4)
    print(
      'No check was selected: --only and --skip exclude every check that applies to the target.\n',
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

function unexpectedOnes({ results, statuses }: SuiteRun): readonly Expectation[] {
  return results.flatMap(({ check, verdict: { kind, reason } }) => {
    const excusable = kind === 'FAIL' || kind === 'WARN' || kind === 'INCONCLUSIVE'
    if (!excusable || statuses.get(check.id)?.kind !== 'unexpected') return []
    return [{ check: check.id, verdict: kind, reason: `Say why: ${reason.split('\n')[0] ?? ''}` }]
  })
}

function isReportKind(kind: string): kind is ReportKind {
  return kind in REPORTS
}
