/** Where something from outside enters a process: bytes of a client or a back end, a request of an operator, a message of another process. A timer has no caller who could catch. */
export const BOUNDARIES = ['client', 'back-end', 'admin', 'worker', 'timer'] as const
export type Boundary = (typeof BOUNDARIES)[number]

/** An exception that reached a boundary. */
export interface CaughtException {
  readonly boundary: Boundary
  /** The stack, or the text of a value that is no `Error`. */
  readonly detail: string
  /** Exceptions of this boundary that were counted but not logged before this one. */
  readonly notLogged: number
}

export interface BoundaryGuardOptions {
  /** Called at most once per boundary in `LOG_EVERY_MS`. */
  readonly log: (exception: CaughtException) => void
  readonly nowMs: () => number
}

/** A peer that can cause an exception can cause many: one line per boundary in this time. */
const LOG_EVERY_MS = 10_000
/** Stacks of deep recursion are long. */
const LONGEST_DETAIL = 4000

/**
 * Catches exceptions at the boundaries of one process. An exception costs the connection that caused it and no more:
 * the guard counts it and logs it, the caller closes the connection.
 */
export class BoundaryGuard {
  readonly #options: BoundaryGuardOptions
  readonly #counts: Record<Boundary, number> = newExceptionCounts()
  readonly #loggedMs = new Map<Boundary, number>()
  readonly #notLogged: Record<Boundary, number> = newExceptionCounts()

  constructor(options: BoundaryGuardOptions) {
    this.#options = options
  }

  /** Exceptions so far, by boundary. */
  get counts(): Readonly<Record<Boundary, number>> {
    return this.#counts
  }

  /** Runs the work. When it throws, records the exception and calls `onException`, which closes what caused it. */
  run(boundary: Boundary, work: () => void, onException: () => void = ignore): void {
    try {
      work()
    } catch (error) {
      this.record(boundary, error)
      onException()
    }
  }

  /** As `run`, for work that settles later. Never rejects. */
  async runAsync(
    boundary: Boundary,
    work: () => Promise<void>,
    onException: () => void = ignore,
  ): Promise<void> {
    try {
      await work()
    } catch (error) {
      this.record(boundary, error)
      onException()
    }
  }

  /** Counts and logs an exception that the caller has caught. */
  record(boundary: Boundary, error: unknown): void {
    const { log, nowMs } = this.#options
    this.#counts[boundary] += 1
    const loggedMs = this.#loggedMs.get(boundary)
    if (loggedMs !== undefined && nowMs() - loggedMs < LOG_EVERY_MS) {
      this.#notLogged[boundary] += 1
      return
    }
    this.#loggedMs.set(boundary, nowMs())
    const notLogged = this.#notLogged[boundary]
    this.#notLogged[boundary] = 0
    log({ boundary, detail: detailOf(error), notLogged })
  }
}

/** No exceptions at any boundary. */
function newExceptionCounts(): Record<Boundary, number> {
  return { client: 0, 'back-end': 0, admin: 0, worker: 0, timer: 0 }
}

function detailOf(error: unknown): string {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return text.slice(0, LONGEST_DETAIL)
}

function ignore(): void {}
