import { destination, type Logger, type LoggerOptions, pino } from 'pino'

import type { LogLevel } from './config/config.ts'
import { redactDeep } from './redact.ts'

const STDERR = 2

const hooks: NonNullable<LoggerOptions['hooks']> = {
  logMethod(args, method) {
    const [first, ...rest] = args.map((arg) => redactDeep(arg))
    Reflect.apply(method, this, [first, ...rest])
  },
}

/** Writes one JSON object per line to standard error, without secrets: standard output is for the start-up line. */
export function createLogger(level: LogLevel): Logger {
  return pino({ level, base: null, hooks }, destination({ dest: STDERR, sync: true }))
}
