import { destination, type Logger, pino } from 'pino'

import type { LogLevel } from './config/config.ts'

const STDERR = 2

/** Writes one JSON object per line to standard error, in step with what happens: standard output is for the start-up line. */
export function createLogger(level: LogLevel): Logger {
  return pino({ level, base: null }, destination({ dest: STDERR, sync: true }))
}
