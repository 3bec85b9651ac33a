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
  | 'engine-unfit'
  | 'upgrade-failed'

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

// [protocol §8.3] Other errors are defects of the proxy.
const EXIT_CODES: Partial<Record<ProxyErrorCode, number>> = {
  usage: 2,
  'bad-config': 2,
  'cannot-listen': 3,
  'cannot-write': 3,
  stopped: 0,
  'engine-unfit': 1,
  'upgrade-failed': 1,
}
const OWN_FAULT = 70

/** With which a program ends that this error stops. */
export function exitCode(error: unknown): number {
  return (error instanceof ProxyError ? EXIT_CODES[error.code] : undefined) ?? OWN_FAULT
}
