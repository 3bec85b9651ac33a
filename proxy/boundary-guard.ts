/**
 * Places where a process handles input: bytes of a client or a back end, a request of an operator,
 * a message of another process. A timer is one too, because no caller could catch its exceptions.
 */
export const BOUNDARIES = ['client', 'back-end', 'admin', 'worker', 'timer'] as const
export type Boundary = (typeof BOUNDARIES)[number]

/** An exception that reached a boundary. */
export interface CaughtException {
  readonly boundary: Boundary
  /** The stack, or the text of a value that is not an `Error`. */
  readonly detail: string
  /** Exceptions of this boundary that were counted but not logged before this one. */
  readonly notLogged: number
}

export interface BoundaryGuardOptions {
  /** Called at most once per boundary in `LOG_EVERY_MS`. */
  readonly log: (exception: CaughtException) => void
  readonly nowMs: () => number
}

/**
 * Time between two log lines of one boundary: a peer that can cause one exception can cause many.
 */
const LOG_EVERY_MS = 10_000
/** Limits the stack of a deep recursion. */
const MAX_DETAIL = 4000

/**
 * Catches exceptions at the boundaries of one process. The guard counts and logs an exception. The
 * caller closes the connection that caused it, and only that one.
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

  /**
   * Runs `work`. If it throws, records the exception and calls `onException`, which closes the
   * cause.
   */
  run(boundary: Boundary, work: () => void, onException: () => void = ignore): void {
    try {
      work()
    } catch (error) {
      this.record(boundary, error)
      onException()
    }
  }

  /** Like `run`, for asynchronous work. Never rejects. */
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
  return text.slice(0, MAX_DETAIL)
}

function ignore(): void {}
