import { DatePattern } from './date-pattern.ts'
import { escapeControls, type LogEvent } from './log-event.ts'

/** Writes an event as one or more lines with their line ends. */
export type Layout = (event: LogEvent) => string

/** The framework's pattern for a log without `logFormat`. */
export const DEFAULT_FORMAT = '%-5p [%d{ISO8601}] %c: %m%n%rEx'

const CONVERSION =
  /%%|%(-?\d{1,3})?(?:\.(-?\d{1,3}))?([A-Za-z]+)(?:\{([^{}]*)\})?|\\(.)|[^%\\]+|[%\\]/gs
const MAX_FIELD = 200

/** Names of conversions, as in Logback. */
const ALIASES: Readonly<Record<string, string>> = {
  p: 'level',
  le: 'level',
  level: 'level',
  d: 'date',
  date: 'date',
  c: 'logger',
  lo: 'logger',
  logger: 'logger',
  m: 'message',
  msg: 'message',
  message: 'message',
  n: 'end',
  t: 'thread',
  thread: 'thread',
  ex: 'exception',
  exception: 'exception',
  throwable: 'exception',
  xEx: 'exception',
  rEx: 'exception',
  dwEx: 'exception',
  dwREx: 'exception',
  nopex: 'nothing',
  X: 'nothing',
  mdc: 'nothing',
  marker: 'nothing',
  highlight: 'nothing',
}

/**
 * The layout of a pattern such as `%-5p [%d{ISO8601,UTC}] %c: %m%n`. Throws what is expected if the
 * pattern has an unknown conversion.
 */
export function patternLayout(pattern: string, timeZone: string): Layout {
  const parts = [...pattern.matchAll(CONVERSION)].map((match) => partOf(match, timeZone))
  return (event) => {
    const text = parts.map((part) => part(event)).join('')
    return text.endsWith('\n') ? text : `${text}\n`
  }
}

/** One JSON object per line, with the framework's names of the usual fields. */
export function jsonLayout(): Layout {
  return ({ level, timeMs, logger, message, fields }) => {
    const timestamp = new Date(timeMs).toISOString()
    const entry = JSON.stringify({ timestamp, level, logger, message, ...fields })
    return `${escapeControls(entry)}\n`
  }
}

function partOf(match: RegExpExecArray, timeZone: string): Layout {
  const [whole, width, most, name, option, escaped] = match
  if (name === undefined) {
    if (whole === '%') throw unknown('%')
    const literal = escaped ?? (whole === '%%' ? '%' : whole)
    return () => literal
  }
  const write = writerOf(name, option, timeZone)
  if (width === undefined && most === undefined) return write
  return (event) =>
    fit(write(event), Number(width ?? 0), most === undefined ? undefined : Number(most))
}

function writerOf(name: string, option: string | undefined, timeZone: string): Layout {
  switch (ALIASES[name]) {
    case 'level':
      return ({ level }) => level
    case 'date': {
      const comma = option?.lastIndexOf(',') ?? -1
      // A zone has no comma and comes last: `ISO8601,UTC`. A comma before digits is in the pattern.
      const zone = comma === -1 ? '' : (option ?? '').slice(comma + 1).trim()
      const hasZone = /^[A-Z][A-Za-z]+(?:[/+-]|$)/.test(zone) && zone !== 'SSS'
      const format = hasZone ? (option ?? '').slice(0, comma) : (option ?? 'ISO8601')
      const date = new DatePattern(format.trim(), hasZone ? zone : timeZone)
      return ({ timeMs }) => date.format(timeMs)
    }
    case 'logger': {
      const length = Number(option ?? Infinity)
      return ({ logger }) => shortened(logger, Number.isNaN(length) ? Infinity : length)
    }
    case 'message':
      return messageOf
    case 'end':
      return () => '\n'
    case 'thread':
      return () => 'main'
    case 'exception':
      return ({ stack }) =>
        stack === undefined
          ? ''
          : stack
              .split('\n')
              .map((line) => `! ${escapeControls(line)}\n`)
              .join('')
    case 'nothing':
      return () => ''
    default:
      throw unknown(`%${name}`)
  }
}

/** The message and the fields that are texts or numbers, or lists of them. */
function messageOf({ message, fields }: LogEvent): string {
  const shown = Object.entries(fields).flatMap(([key, value]) => {
    if (key === 'stack' || value === undefined || (typeof value === 'object' && hasStack(value)))
      return []
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    return [`${key}=${text.length > MAX_FIELD ? `${text.slice(0, MAX_FIELD)}…` : text}`]
  })
  return escapeControls(shown.length === 0 ? message : `${message} (${shown.join(', ')})`)
}

function hasStack(value: object | null): boolean {
  return value !== null && 'stack' in value
}

/** Shortens a name as Logback does: `com.escenic.sse.proxy` is `c.e.s.proxy`. */
function shortened(name: string, length: number): string {
  const parts = name.split('.')
  if (length === 0) return parts.at(-1) ?? name
  for (let at = 0; at < parts.length - 1 && parts.join('.').length > length; at += 1) {
    parts[at] = parts[at]?.slice(0, 1) ?? ''
  }
  return parts.join('.')
}

function fit(text: string, width: number, most: number | undefined): string {
  let fitted = text
  if (most !== undefined && text.length > Math.abs(most)) {
    fitted = most < 0 ? text.slice(0, -most) : text.slice(text.length - most)
  }
  return width < 0 ? fitted.padEnd(-width) : fitted.padStart(width)
}

function unknown(conversion: string): Error {
  const known = '%p %d{…} %c %m %n %t %ex'
  return new Error(`a pattern with ${known} and text, without ${conversion}`)
}
