export type ConformanceErrorCode = 'usage' | 'target-file' | 'expectations' | 'target-start'

/** A mistake in flags or files, or a target that does not start. Users see only the message. */
export class ConformanceError extends Error {
  readonly code: ConformanceErrorCode

  constructor(code: ConformanceErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ConformanceError'
    this.code = code
  }
}
