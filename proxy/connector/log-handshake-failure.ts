import type { Logger } from 'pino'

import type { HandshakeFailure } from './handshake-report.ts'

export function logHandshakeFailure(logger: Logger, failure: HandshakeFailure): void {
  logger.info(failure, 'a TLS handshake failed')
}
