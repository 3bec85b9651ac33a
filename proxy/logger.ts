import { type Logger, type LoggerOptions, pino } from 'pino'

import type { LogLevel } from './config/log-levels.ts'
import { standardError } from './output/standard-streams.ts'
import { redactDeep } from './redact.ts'

const hooks: NonNullable<LoggerOptions['hooks']> = {
  logMethod(args, method) {
    const [first, ...rest] = args.map((arg) => redactDeep(arg))
    Reflect.apply(method, this, [first, ...rest])
  },
}

/**
 * Writes one JSON object per line to standard error, without secrets and without waiting for a
 * reader.
 */
export function createLogger(level: LogLevel): Logger {
  return pino({ level, base: null, hooks }, { write: (line) => standardError.write(line) })
}
