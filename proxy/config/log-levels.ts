/** The framework's names of log levels, and pino's. */
export const LOG_LEVELS = {
  ALL: 'trace',
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
  OFF: 'silent',
} as const

export type LogLevelName = keyof typeof LOG_LEVELS
export type LogLevel = (typeof LOG_LEVELS)[LogLevelName]

/** In the order of the framework's documentation. */
export const LOG_LEVEL_NAMES = ['ALL', 'TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'OFF'] as const

export function isLogLevelName(name: string): name is LogLevelName {
  return Object.hasOwn(LOG_LEVELS, name)
}
