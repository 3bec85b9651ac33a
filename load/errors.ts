/**
 * `usage`: the command line is wrong. `cannot-start`: a requirement of the run is missing.
 * `timeout`: the run took too long. `crashed`: a server or k6 exited during a run. `interrupted`: a
 * signal stopped the run.
 */
export type LoadErrorCode = 'usage' | 'cannot-start' | 'timeout' | 'crashed' | 'interrupted'

/**
 * A failure that the user can fix. The message says what was expected, what was found, and what to
 * change.
 */
export class LoadError extends Error {
  override readonly name = 'LoadError'
  readonly code: LoadErrorCode

  constructor(code: LoadErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
