/** The letters of a pattern of the framework that are known here, and a letter's longest run. */
const FIELD = /yyyy|yy|MMM|MM|dd|HH|hh|mm|ss|SSS|Z|XXX|a|'[^']*'|[A-Za-z]|[^A-Za-z']+/g
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')
const ISO8601 = 'yyyy-MM-dd HH:mm:ss,SSS'

/** The parts of a time in a zone. */
interface ZonedTime {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
  readonly ms: number
  /** Minutes east of UTC. */
  readonly offset: number
}

type Write = (time: ZonedTime) => string

const two = (value: number): string => String(value).padStart(2, '0')

const WRITERS: Readonly<Record<string, Write>> = {
  yyyy: ({ year }) => String(year),
  yy: ({ year }) => two(year % 100),
  MMM: ({ month }) => MONTHS[month - 1] ?? '',
  MM: ({ month }) => two(month),
  dd: ({ day }) => two(day),
  HH: ({ hour }) => two(hour),
  hh: ({ hour }) => two(hour % 12 === 0 ? 12 : hour % 12),
  mm: ({ minute }) => two(minute),
  ss: ({ second }) => two(second),
  SSS: ({ ms }) => String(ms).padStart(3, '0'),
  Z: ({ offset }) => offsetText(offset, ''),
  XXX: ({ offset }) => (offset === 0 ? 'Z' : offsetText(offset, ':')),
  a: ({ hour }) => (hour < 12 ? 'AM' : 'PM'),
}

/** Writes times by a pattern of the framework, such as `yyyy-MM-dd HH:mm:ss,SSS`, or `ISO8601`. */
export class DatePattern {
  readonly #zone: Intl.DateTimeFormat | undefined
  readonly #writers: readonly Write[]

  /** Throws with what is expected if the pattern or the zone is unknown. */
  constructor(pattern: string, timeZone: string) {
    const parts = (pattern === 'ISO8601' ? ISO8601 : pattern).match(FIELD) ?? []
    this.#writers = parts.map((part) => {
      const write = WRITERS[part]
      if (write !== undefined) return write
      if (/^[A-Za-z]/.test(part)) {
        throw new Error(
          `the letters ${Object.keys(WRITERS).join(' ')} in a date, others in single quotes`,
        )
      }
      const literal = part.startsWith("'") ? part.slice(1, -1) || "'" : part
      return () => literal
    })
    this.#zone = timeZone === 'UTC' ? undefined : zoneOf(timeZone)
  }

  format(timeMs: number): string {
    const time = zonedTime(timeMs, this.#zone)
    return this.#writers.map((write) => write(time)).join('')
  }
}

/** Whether the name is that of a time zone; `system` is the zone of this host. */
export function isTimeZone(name: string): boolean {
  try {
    zoneOf(name)
    return true
  } catch {
    return false
  }
}

function zoneOf(name: string): Intl.DateTimeFormat {
  const zone = name.toLowerCase() === 'system' ? {} : { timeZone: name }
  return new Intl.DateTimeFormat('en-US', {
    ...zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
}

function zonedTime(timeMs: number, zone: Intl.DateTimeFormat | undefined): ZonedTime {
  const utc = new Date(timeMs)
  const ms = utc.getUTCMilliseconds()
  if (zone === undefined) return { ...fieldsOf(utc), ms, offset: 0 }
  const parts = new Map(zone.formatToParts(utc).map(({ type, value }) => [type, Number(value)]))
  const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0
  const localMs = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
    ms,
  )
  return { ...fieldsOf(new Date(localMs)), ms, offset: Math.round((localMs - timeMs) / 60_000) }
}

function fieldsOf(date: Date): Omit<ZonedTime, 'ms' | 'offset'> {
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
  }
}

function offsetText(offset: number, separator: string): string {
  const minutes = Math.abs(offset)
  const hours = two(Math.floor(minutes / 60))
  return `${offset < 0 ? '-' : '+'}${hours}${separator}${two(minutes % 60)}`
}
