/** The kind of error, for code. The message is for people. */
export type ProxyErrorCode =
  | 'usage'
  | 'bad-config'
  | 'cannot-listen'
  | 'cannot-write'
  | 'stopped'
  | 'frame-too-large'
  | 'back-end-refused'
  | 'back-end-lost'

/**
 * The only error that the proxy throws on purpose. Its message says what was expected and what to
 * change.
 */
export class ProxyError extends Error {
  readonly code: ProxyErrorCode

  constructor(code: ProxyErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ProxyError'
    this.code = code
  }
}
