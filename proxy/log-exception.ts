import type { Logger } from 'pino'

import type { CaughtException } from './boundary-guard.ts'

/** Logs an exception that a boundary guard of this process has caught. */
export function logException(
  logger: Logger,
  exception: CaughtException,
  pid: number | undefined,
): void {
  logger.error({ pid, ...exception }, 'an exception cost a connection: please report it')
}
