import type { RunningTarget, TargetExit } from '../../runner/target.ts'
import { Finding } from '../../runner/outcome/verdict.ts'
import type { Symptom } from './symptom.ts'

/** A lost connection may be seen before the exit that caused it. */
const NOTICED_WITHIN_MS = 400
const SHOWN_LINES = 12

/** Notices that one of the targets of a check exits without having been stopped. */
export class ExitWatch {
  readonly #onExit: (exit: TargetExit) => void
  readonly #waiting = new Set<() => void>()
  #watches = false
  #exit: TargetExit | undefined

  constructor(onExit: (exit: TargetExit) => void) {
    this.#onExit = onExit
  }

  add(target: RunningTarget): void {
    if (target.onExit === undefined) return
    this.#watches = true
    target.onExit((exit) => {
      if (this.#exit !== undefined) return
      this.#exit = exit
      for (const wake of this.#waiting) wake()
      this.#onExit(exit)
    })
  }

  /** True while an exit waits to be taken. */
  get pending(): boolean {
    return this.#exit !== undefined
  }

  /** The exit, unless an earlier call has taken it. */
  take(): TargetExit | undefined {
    const exit = this.#exit
    this.#exit = undefined
    return exit
  }

  /** Like `take`, after a failure: waits a moment for the exit. */
  async takeSoon(): Promise<TargetExit | undefined> {
    if (this.#watches && this.#exit === undefined) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, NOTICED_WITHIN_MS)
        this.#waiting.add(() => {
          clearTimeout(timer)
          resolve()
        })
      })
      this.#waiting.clear()
    }
    return this.take()
  }
}

/** The finding of the check during which the target exited. */
export function exitFinding(exit: TargetExit): Finding {
  return new Finding(
    'broken',
    `the target exited with ${exit.how} during this check${words(exit)}`,
    'exit' satisfies Symptom,
  )
}

/** The last lines of its output, or that there are none. */
export function words({ output }: TargetExit): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '')
  if (lines.length === 0) return '; it printed nothing'
  const shown = lines.slice(-SHOWN_LINES)
  const hidden = lines.length - shown.length
  return `; its last output${hidden > 0 ? ` (${hidden} earlier ${hidden === 1 ? 'line' : 'lines'} left out)` : ''}:\n${shown.join('\n')}`
}
