import type { Reporter, TestCase, TestModule } from 'vitest/node'

/** How often a run without a terminal prints its progress. */
const PROGRESS_MS = 15_000
/**
 * Tests that need a program name it in their title, with the command that installs it: `… (needs
 * curl: apt-get install curl)`.
 */
const NEED_IN_TITLE = /\((needs .+?)\)/

export interface RunReporterOptions {
  /** Printed before the first test. */
  readonly plan: string
  readonly print: (text: string) => void
  readonly isTerminal: boolean
}

/**
 * Prints the plan of a run, its progress, and why tests were skipped. It runs beside Vitest's own
 * reporter.
 */
export class RunReporter implements Reporter {
  readonly #options: RunReporterOptions
  #planned = 0
  #ended = 0
  #timer: NodeJS.Timeout | undefined

  constructor(options: RunReporterOptions) {
    this.#options = options
  }

  onInit(): void {
    this.#options.print(this.#options.plan)
  }

  onTestRunStart(specifications: readonly unknown[]): void {
    this.#planned = specifications.length
    this.#ended = 0
    if (this.#options.isTerminal) return
    const started = Date.now()
    this.#timer = setInterval(() => {
      const seconds = Math.round((Date.now() - started) / 1000)
      this.#options.print(` … ${this.#ended} of ${this.#planned} test files, ${seconds} s\n`)
    }, PROGRESS_MS)
    this.#timer.unref()
  }

  onTestModuleEnd(): void {
    this.#ended += 1
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    clearInterval(this.#timer)
    this.#printNotes(modules)
    const reasons = new Map<string, number>()
    for (const module of modules) {
      for (const test of module.children.allTests('skipped')) {
        const reason = reasonOf(test)
        // Tests without a reason are filtered out by the command line.
        if (reason !== undefined) reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
      }
    }
    for (const [reason, count] of reasons) {
      this.#options.print(` ${count} ${count === 1 ? 'test' : 'tests'} skipped: ${reason}\n`)
    }
  }

  /** Verdicts that fail no test but have to be seen. */
  #printNotes(modules: readonly TestModule[]): void {
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const note = noteOf(test)
        if (note !== undefined) this.#options.print(` ${note}\n`)
      }
    }
  }
}

function noteOf(test: TestCase): string | undefined {
  return (test.meta() as { readonly note?: string }).note
}

function reasonOf(test: TestCase): string | undefined {
  const result = test.result()
  const note = result.state === 'skipped' ? result.note : undefined
  return note ?? NEED_IN_TITLE.exec(test.fullName)?.[1]
}
