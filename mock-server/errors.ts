/** Error codes. `http/error-response.ts` maps each to an HTTP status. */
export type MockServerErrorCode =
  | 'bad-config'
  | 'cannot-listen'
  | 'bad-data'
  | 'cannot-write'
  | 'bad-request'
  | 'bad-entry'
  | 'bad-text'
  | 'unsupported-media-type'
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'method-not-allowed'
  | 'gone'
  | 'conflict'
  | 'precondition-failed'
  | 'precondition-required'
  | 'too-many-waiters'
  | 'limit-reached'
  | 'too-large'
  | 'full'
  | 'evicted'
  | 'shutting-down'
  | 'timed-out'
  | 'unreachable'

/**
 * An error of the store. Its message names the expected value, the received one, and the remedy.
 */
export class MockServerError extends Error {
  override readonly name = 'MockServerError'
  readonly code: MockServerErrorCode
  /** Name of the limit that was reached. */
  readonly limit: string | undefined

  constructor(
    code: MockServerErrorCode,
    message: string,
    options?: ErrorOptions & { readonly limit?: string },
  ) {
    super(message, options)
    this.code = code
    this.limit = options?.limit
  }
}

/** `what` does not exist. */
export function notFound(what: string): MockServerError {
  return new MockServerError('not-found', `there is no ${what}`)
}

/** Called with a caught exception: a defect of the store that failed one request. */
export type FaultListener = (error: unknown) => void

/** Exit code of a program that ends with this error. [protocol §8.3] */
export function exitCode(error: unknown): 2 | 3 | 4 | 70 {
  if (!(error instanceof MockServerError)) return 70
  switch (error.code) {
    case 'bad-config':
    case 'unauthorized':
      return 2
    case 'cannot-listen':
    case 'bad-data':
    case 'cannot-write':
    case 'full':
    case 'unreachable':
      return 3
    case 'timed-out':
      return 4
    default:
      return 70
  }
}
