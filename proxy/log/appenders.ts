import type { AppenderSettings } from '../config/appender-schema.ts'
import { LOG_LEVELS } from '../config/log-levels.ts'
import { LineOutput } from '../output/line-output.ts'
import { standardError, standardOutput } from '../output/standard-streams.ts'
import { ArchiveName } from './archive-name.ts'
import { cannotWrite } from './check-files.ts'
import { DatePattern } from './date-pattern.ts'
import { type LogEvent, ROOT_LOGGER } from './log-event.ts'
import type { Layout } from './log-layout.ts'
import { RollingFile } from './rolling-file.ts'
import { syslogHead, SyslogSink } from './syslog-sink.ts'

/** Where lines go. Nothing here blocks or throws: see `LineOutput`. */
export interface Appender {
  readonly append: (event: LogEvent) => void
  /** Writes the lines that wait, for at most this time, and closes the file. */
  readonly close: (withinMs: number) => Promise<void>
}

/** How the lines of one log look. */
export type LayoutOf = (settings: AppenderSettings) => Layout

const MAX_BYTES = 1_048_576
const ORDER = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const

/** Opens the appenders. Throws `cannot-write` if a file cannot be opened. */
export async function openAppenders(
  list: readonly AppenderSettings[],
  layoutOf: LayoutOf,
): Promise<readonly Appender[]> {
  const appenders: Appender[] = []
  for (const settings of list) {
    const layout = layoutOf(settings)
    const { output, close } = await openOutput(settings, layout)
    const least = ORDER.indexOf(LOG_LEVELS[settings.threshold])
    appenders.push({
      append: (event) => {
        const level = LOG_LEVELS[event.level]
        if (ORDER.indexOf(level) >= least) output.write(layout(event))
      },
      close: async (withinMs) => {
        await output.flush(withinMs)
        await close()
      },
    })
  }
  return appenders
}

/** An output that closes what it has opened itself. */
interface OwnedOutput {
  readonly output: LineOutput
  readonly close: () => Promise<void>
}

async function openOutput(settings: AppenderSettings, layout: Layout): Promise<OwnedOutput> {
  switch (settings.type) {
    case 'console': {
      const output = settings.target === 'stdout' ? standardOutput : standardError
      return { output, close: async () => {} }
    }
    case 'file':
      return outputTo(await openFile(settings), layout)
    default:
      return outputTo(new SyslogSink(settings), layout)
  }
}

function outputTo(sink: RollingFile | SyslogSink, layout: Layout): OwnedOutput {
  const output = new LineOutput({
    open: () => sink,
    maxBytes: MAX_BYTES,
    notice: (dropped) =>
      layout(warning(`${dropped === 1 ? '1 log line was' : `${dropped} log lines were`} dropped`)),
  })
  const flushNow = (): void => output.flushNow()
  process.once('exit', flushNow)
  return {
    output,
    close: async () => {
      process.off('exit', flushNow)
      await sink.close()
    },
  }
}

async function openFile(
  settings: Extract<AppenderSettings, { type: 'file' }>,
): Promise<RollingFile> {
  const { currentLogFilename: path, archivedLogFilenamePattern: pattern, timeZone } = settings
  const hasArchive = settings.archive && pattern !== undefined
  const file = new RollingFile({
    path,
    archive: hasArchive ? new ArchiveName(pattern, timeZone) : undefined,
    keptArchives: settings.archivedFileCount,
    maxBytes: settings.maxFileSize ?? 0,
    onTrouble: (reason) => {
      const message = `cannot archive ${path}, which keeps growing: ${reason}`
      standardError.write(`${JSON.stringify({ level: 40, time: Date.now(), msg: message })}\n`)
    },
    nowMs: Date.now,
  })
  try {
    await file.open()
  } catch (error) {
    throw cannotWrite(path, error)
  }
  return file
}

/** Puts the head of syslog before each line. */
export function withSyslogHead(
  {
    facility,
    timeZone,
  }: Pick<Extract<AppenderSettings, { type: 'syslog' }>, 'facility' | 'timeZone'>,
  layout: Layout,
): Layout {
  const date = new DatePattern('MMM dd HH:mm:ss', timeZone)
  return (event) => {
    // [RFC 3164 §4.1.2] A day below 10 has a space in place of the zero.
    const stamp = date.format(event.timeMs).replace(/^(\w+) 0/, '$1  ')
    const head = syslogHead(facility, event.level, stamp)
    return layout(event)
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => `${head}${line}\n`)
      .join('')
  }
}

function warning(message: string): LogEvent {
  return {
    level: 'WARN',
    timeMs: Date.now(),
    logger: ROOT_LOGGER,
    message,
    stack: undefined,
    fields: {},
  }
}
