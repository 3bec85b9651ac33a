import { z } from 'zod'

const NS_PER_MS = 1_000_000

/** Units of durations as the framework writes them, in nanoseconds. */
const DURATION_UNITS: ReadonlyMap<string, number> = unitTable([
  [1, 'ns nanosecond nanoseconds'],
  [1000, 'us microsecond microseconds'],
  [NS_PER_MS, 'ms millisecond milliseconds'],
  [1000 * NS_PER_MS, 's second seconds'],
  [60_000 * NS_PER_MS, 'm min mins minute minutes'],
  [3_600_000 * NS_PER_MS, 'h hour hours'],
  [86_400_000 * NS_PER_MS, 'd day days'],
])

/** Units of sizes as the framework writes them, in bytes. All are powers of 1024, as in its 1.x. */
const SIZE_UNITS: ReadonlyMap<string, number> = unitTable([
  [1, 'b byte bytes'],
  [1024, 'k kb kib kilobyte kilobytes kibibyte kibibytes'],
  [1024 ** 2, 'm mb mib megabyte megabytes mebibyte mebibytes'],
  [1024 ** 3, 'g gb gib gigabyte gigabytes gibibyte gibibytes'],
])

const QUANTITY = /^([0-9]{1,15})[ \t]*([A-Za-z]{0,12})$/

/** A duration in milliseconds: a plain number, or with a unit such as `30 seconds` or `5 min`. */
export function duration(minMs: number, maxMs: number) {
  return quantity(
    (text) => {
      const ns = amountOf(text, DURATION_UNITS, NS_PER_MS)
      return ns === undefined ? undefined : ns / NS_PER_MS
    },
    minMs,
    maxMs,
    `milliseconds from ${minMs} to ${maxMs}, or a duration such as 500ms, 30s, 5 minutes`,
  )
}

/** A size in bytes: a plain number, or with a unit such as `8KiB` or `1MB`. */
export function byteSize(minBytes: number, maxBytes: number) {
  return quantity(
    (text) => amountOf(text, SIZE_UNITS, 1),
    minBytes,
    maxBytes,
    `bytes from ${minBytes} to ${maxBytes}, or a size such as 512B, 8KiB, 1MB`,
  )
}

function quantity(
  read: (text: string) => number | undefined,
  min: number,
  max: number,
  expected: string,
) {
  return z
    .string(expected)
    .transform((text, context) => {
      const amount = read(text)
      if (amount !== undefined && Number.isInteger(amount) && amount >= min && amount <= max) {
        return amount
      }
      context.addIssue({ code: 'custom', message: expected })
      return z.NEVER
    })
    .meta({ expected: `${min} to ${max}` })
}

function amountOf(
  text: string,
  units: ReadonlyMap<string, number>,
  plainUnit: number,
): number | undefined {
  const [, digits, unit = ''] = QUANTITY.exec(text) ?? []
  const factor = unit === '' ? plainUnit : units.get(unit.toLowerCase())
  return digits === undefined || factor === undefined ? undefined : Number(digits) * factor
}

function unitTable(rows: readonly (readonly [number, string])[]): ReadonlyMap<string, number> {
  return new Map(rows.flatMap(([factor, names]) => names.split(' ').map((name) => [name, factor])))
}
