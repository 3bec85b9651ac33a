import type { Logger } from 'pino'

import type { BackEndState } from '../backend/back-end-options.ts'

/**
 * Logs one line per change, and a repeated trouble at debug level. Returns the trouble that was
 * logged last.
 */
export function logBackEndState(
  state: BackEndState,
  backEnd: string,
  lastTrouble: string | undefined,
  logger: Logger,
): string | undefined {
  if (state.state === 'waiting') {
    const { message, code } = state.error
    const level = message === lastTrouble ? 'debug' : 'warn'
    logger[level]({ backEnd, code, retryInMs: state.retryInMs }, `back end: ${message}`)
    return message
  }
  if (state.state === 'open') {
    logger.info({ backEnd }, 'back end connected')
    return undefined
  }
  logger.debug({ backEnd }, `back end ${state.state}`)
  return lastTrouble
}
