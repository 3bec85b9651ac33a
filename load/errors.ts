/**
 * `usage`: the command line is wrong. `cannot-start`: something that the run needs is missing. `timeout`: the run took too long.
 * `crashed`: a server or k6 ended in the middle of a run. `interrupted`: a signal stopped the run.
 */
export type LoadErrorCode = 'usage' | 'cannot-start' | 'timeout' | 'crashed' | 'interrupted'

/** A failure that the user can fix. The message says what was expected, what was found, and what to change. */
export class LoadError extends Error {
  override readonly name = 'LoadError'
  readonly code: LoadErrorCode

  constructor(code: LoadErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
