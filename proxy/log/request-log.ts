import type { AppenderSettings } from '../config/appender-schema.ts'
import { redact } from '../redact.ts'
import { type Appender, openAppenders, withSyslogHead } from './appenders.ts'
import { DatePattern } from './date-pattern.ts'
import type { EndedStream } from './ended-stream.ts'
import { escapeControls, type LogEvent } from './log-event.ts'
import { jsonLayout, type Layout } from './log-layout.ts'

const LOGGER = 'http.request'
const MAX_TEXT = 1000

/** Writes one line for each stream that has ended. */
export class RequestLog {
  readonly #appenders: readonly Appender[]

  private constructor(appenders: readonly Appender[]) {
    this.#appenders = appenders
  }

  /** Throws `cannot-write` if a file cannot be opened. */
  static async open(list: readonly AppenderSettings[]): Promise<RequestLog> {
    return new RequestLog(await openAppenders(list, layoutOf))
  }

  add({ timeMs, path, lastEventId, ...rest }: EndedStream): void {
    const fields = {
      ...rest,
      path: shortText(path),
      ...(lastEventId === undefined ? {} : { lastEventId: shortText(lastEventId) }),
    }
    const message = 'stream ended'
    const event: LogEvent = {
      level: 'INFO',
      timeMs,
      logger: LOGGER,
      message,
      stack: undefined,
      fields,
    }
    for (const appender of this.#appenders) appender.append(event)
  }

  async close(withinMs: number): Promise<void> {
    await Promise.all(this.#appenders.map((appender) => appender.close(withinMs)))
  }
}

function layoutOf(settings: AppenderSettings): Layout {
  const layout = settings.layout === undefined ? textLayout(settings.timeZone) : jsonLayout()
  return settings.type === 'syslog' ? withSyslogHead(settings, layout) : layout
}

/** The framework's line, and after it the reason, the events, the seconds and the id. */
function textLayout(timeZone: string): Layout {
  const date = new DatePattern('dd/MMM/yyyy:HH:mm:ss Z', timeZone)
  return ({ timeMs, message, fields }) => {
    if (fields['path'] === undefined) return `${message}\n`
    const { address, path, bytes, events, seconds, reason, lastEventId = '-' } = fields
    const request = `"GET ${quoted(path)} HTTP/1.1" 200 ${String(bytes)}`
    const end = `${String(reason)} ${String(events)} ${String(seconds)} "${quoted(lastEventId)}"`
    return (
      escapeControls(`${String(address)} - - [${date.format(timeMs)}] ${request} ${end}`) + '\n'
    )
  }
}

function quoted(value: unknown): string {
  return String(value).replaceAll('"', '\\"')
}

/** Without secrets, and not longer than a line should be. */
function shortText(text: string): string {
  const shown = redact(text)
  return shown.length > MAX_TEXT ? `${shown.slice(0, MAX_TEXT)}…` : shown
}
