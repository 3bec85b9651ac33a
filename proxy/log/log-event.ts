/** One line of the log before it has a form. */
export interface LogEvent {
  /** As the framework names it. */
  readonly level: 'TRACE' | 'DEBUG' | 'INFO' | 'WARN' | 'ERROR'
  readonly timeMs: number
  /** Name of the logger. */
  readonly logger: string
  readonly message: string
  /** The stack of an exception. */
  readonly stack: string | undefined
  /** What else is known, by name. */
  readonly fields: Readonly<Record<string, unknown>>
}

/** The name of a logger that has no name of its own. */
export const ROOT_LOGGER = 'com.escenic.sse.proxy'
/** The vendor's name for the part that logs in at back ends. */
export const BACK_END_LOGGER = 'com.escenic.sse.proxy.ProtectedHttpEndpoint'

// C0 and C1 controls, DEL, and the separators that some readers take for line ends: a text from
// outside must neither start a line nor control a terminal.
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g

/** Writes control characters as `\u001b`. The result is valid within JSON if the text is. */
export function escapeControls(text: string): string {
  return text.replace(CONTROL, (control) => {
    return `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

/** The event of a JSON line of pino. */
export function readEvent(line: string): LogEvent {
  const entry: unknown = JSON.parse(line)
  const { level, time, logger, msg, ...fields } = Object(entry)
  return {
    level: levelName(Number(level)),
    timeMs: Number(time),
    logger: typeof logger === 'string' ? logger : ROOT_LOGGER,
    message: String(msg ?? ''),
    stack: stackOf(fields),
    fields,
  }
}

function levelName(level: number): LogEvent['level'] {
  if (level >= 50) return 'ERROR'
  if (level >= 40) return 'WARN'
  if (level >= 30) return 'INFO'
  return level >= 20 ? 'DEBUG' : 'TRACE'
}

/** The stack in a field, or in an error in a field. */
function stackOf(fields: Readonly<Record<string, unknown>>): string | undefined {
  for (const value of [fields, ...Object.values(fields)]) {
    if (typeof value === 'object' && value !== null && 'stack' in value) {
      if (typeof value.stack === 'string') return value.stack
    }
  }
  return undefined
}
