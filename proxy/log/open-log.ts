import type { Logger } from 'pino'

import type { AppenderSettings } from '../config/appender-schema.ts'
import type { LogLevel } from '../config/log-levels.ts'
import { createLogger, linesToError } from '../logger.ts'
import { openAppenders, withSyslogHead } from './appenders.ts'
import { readEvent } from './log-event.ts'
import { DEFAULT_FORMAT, jsonLayout, type Layout, patternLayout } from './log-layout.ts'

/** The log of the proxy, and what must be written before the process ends. */
export interface OpenLog {
  readonly logger: Logger
  readonly close: (withinMs: number) => Promise<void>
}

/**
 * Opens the log. Without appenders it is JSON lines on standard error, each after `prefix`. Throws
 * `cannot-write` if a file cannot be opened.
 */
export async function openLog(
  level: LogLevel,
  list: readonly AppenderSettings[] | undefined,
  prefix = '',
): Promise<OpenLog> {
  if (list === undefined) {
    return { logger: createLogger(level, linesToError(prefix)), close: async () => {} }
  }
  const appenders = await openAppenders(list, layoutOf)
  const logger = createLogger(level, (line) => {
    const event = readEvent(line)
    for (const appender of appenders) appender.append(event)
  })
  return {
    logger,
    close: async (withinMs) => {
      await Promise.all(appenders.map((appender) => appender.close(withinMs)))
    },
  }
}

function layoutOf(settings: AppenderSettings): Layout {
  const { layout: wanted, logFormat = DEFAULT_FORMAT, timeZone } = settings
  const layout = wanted === undefined ? patternLayout(logFormat, timeZone) : jsonLayout()
  return settings.type === 'syslog' ? withSyslogHead(settings, layout) : layout
}
