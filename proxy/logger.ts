import { type Logger, type LoggerOptions, pino } from 'pino'

import type { LogLevel } from './config/log-levels.ts'
import { escapeControls } from './log/log-event.ts'
import { standardError } from './output/standard-streams.ts'
import { redactDeep } from './redact.ts'

const hooks: NonNullable<LoggerOptions['hooks']> = {
  logMethod(args, method) {
    const [first, ...rest] = args.map((arg) => redactDeep(arg))
    Reflect.apply(method, this, [first, ...rest])
  },
}

/**
 * Writes one JSON object per line, without secrets; default: to standard error, without waiting for
 * a reader.
 */
export function createLogger(level: LogLevel, write = linesToError('')): Logger {
  return pino({ level, base: null, hooks }, { write })
}

/** Writes each line, after `prefix`, to standard error. */
export function linesToError(prefix: string): (line: string) => void {
  // JSON escapes only a part of the control characters.
  return (line) => standardError.write(`${prefix}${escapeControls(line.trimEnd())}\n`)
}
