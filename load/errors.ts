/**
 * `usage`: the command line. `cannot-start`: something that is needed is not there. `timeout`: it took too long. `crashed`: a
 * server ended in the middle of a run.
 */
export type LoadErrorCode = 'usage' | 'cannot-start' | 'timeout' | 'crashed' | 'interrupted'

/** A reason to end that is the user's to mend. The message says what was expected, what came, and what to change. */
export class LoadError extends Error {
  override readonly name = 'LoadError'
  readonly code: LoadErrorCode

  constructor(code: LoadErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
