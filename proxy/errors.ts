/** What went wrong, for callers that decide by it; the message is for people. */
export type ProxyErrorCode =
  | 'usage'
  | 'bad-config'
  | 'cannot-listen'
  | 'cannot-write'
  | 'stopped'
  | 'frame-too-large'
  | 'back-end-refused'
  | 'back-end-lost'

/** The one error that the proxy throws on purpose. Messages say what was expected, what came, what to change. */
export class ProxyError extends Error {
  readonly code: ProxyErrorCode

  constructor(code: ProxyErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ProxyError'
    this.code = code
  }
}
