import type { StreamCheck } from '../checks/stream-check.ts'
import { resultLine } from '../report/console/closing-report.ts'
import { ProgressLine, type ProgressStream } from '../report/console/progress-line.ts'
import type { Rig } from '../rig/rig.ts'
import type { ExpectationStatus } from '../runner/outcome/expectations.ts'
import type { Result } from '../runner/run.ts'
import { choose, type Selection } from '../runner/selection/select.ts'
import type { TargetDriver } from '../runner/target.ts'
import { counted } from '../counted.ts'

export interface RunConsoleOptions {
  /** Prints results, on standard output. */
  readonly print: (text: string) => void
  /** Standard error. */
  readonly stderr: ProgressStream
  readonly env: Readonly<Record<string, string | undefined>>
  /** No progress, and no line for each check. */
  readonly isQuiet: boolean
}

/** What a run prints while it runs: the verdicts as checks end, and how far it is. */
export class RunConsole implements Disposable {
  readonly #options: RunConsoleOptions
  readonly #progress: ProgressLine
  #planned = 0
  #ended = 0
  #failed = 0

  constructor(options: RunConsoleOptions) {
    this.#options = options
    this.#progress = new ProgressLine({
      ...options,
      stream: options.stderr,
      text: () => this.#text,
    })
  }

  /** Counts the checks that will run. */
  plan(
    checks: readonly StreamCheck[],
    { role, claims }: Pick<TargetDriver, 'role' | 'claims'>,
    selection: Selection,
  ): void {
    const run = checks.filter((check) => choose(check, role, claims, selection).kind === 'run')
    this.#planned = run.length
  }

  readonly print = (text: string): void => {
    this.#progress.above(() => this.#options.print(text))
  }

  readonly addResult = (result: Result<Rig>, expectationStatus: ExpectationStatus): void => {
    const { check, verdict } = result
    // Checks that were not run are listed once, at the end.
    if (['SKIP', 'BLOCKED'].includes(verdict.kind)) return
    this.#ended += 1
    if (expectationStatus.kind === 'unexpected' && verdict.kind === 'FAIL') this.#failed += 1
    const isFailedGate = check.level === 'gate' && verdict.kind !== 'PASS'
    if (this.#options.isQuiet && !isFailedGate) return
    this.print(`${resultLine(result, expectationStatus)}\n`)
  };

  [Symbol.dispose](): void {
    this.#progress[Symbol.dispose]()
  }

  get #text(): string {
    const failed = this.#failed === 0 ? '' : `, ${this.#failed} failed`
    return `${this.#ended} of ${counted(this.#planned, 'check')}${failed}`
  }
}
