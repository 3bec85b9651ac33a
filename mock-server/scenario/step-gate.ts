import { MockServerError } from '../errors.ts'

/** A paused run ends after this time, because no other scenario can run until it has ended. */
const LONGEST_PAUSE_MS = 3_600_000

/** Holds a run before each of its steps, until it is let through. */
export class StepGate {
  #isOpen: boolean
  #next: string | undefined
  #pass: (() => void) | undefined
  readonly #watchers = new Set<() => void>()

  /** An open gate holds nothing. */
  constructor(isOpen: boolean) {
    this.#isOpen = isOpen
  }

  /** The kind of the step that is held; undefined while nothing is. */
  get next(): string | undefined {
    return this.#next
  }

  /** Resolves when the step may run. Throws the reason of `signal`, and `timed-out` after an hour. */
  async hold(kind: string, signal: AbortSignal): Promise<void> {
    if (this.#isOpen) return
    let late: NodeJS.Timeout | undefined
    let stopped: (() => void) | undefined
    try {
      await new Promise<void>((resolve, reject) => {
        this.#pass = resolve
        this.#next = kind
        stopped = () => reject(signal.reason)
        signal.addEventListener('abort', stopped)
        late = setTimeout(() => {
          reject(new MockServerError('timed-out', 'the run was paused for an hour'))
        }, LONGEST_PAUSE_MS)
        this.#notify()
      })
    } finally {
      clearTimeout(late)
      if (stopped !== undefined) signal.removeEventListener('abort', stopped)
      this.#pass = undefined
      this.#next = undefined
    }
  }

  /** Lets one step through. Throws `conflict` when none is held. */
  step(): void {
    const pass = this.#pass
    if (pass === undefined) throw new MockServerError('conflict', 'the run is not paused')
    this.#pass = undefined
    this.#next = undefined
    pass()
  }

  /** Lets all further steps through. Throws `conflict` when none is held. */
  open(): void {
    this.step()
    this.#isOpen = true
  }

  /** Resolves when the next step is held. */
  async held(): Promise<void> {
    if (this.#next !== undefined) return
    await new Promise<void>((resolve) => {
      this.#watchers.add(resolve)
    })
  }

  #notify(): void {
    for (const watcher of this.#watchers) watcher()
    this.#watchers.clear()
  }
}
