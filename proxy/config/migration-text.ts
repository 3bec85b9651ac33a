import type { MigratedKey, Migration, Outcome } from './migration.ts'
import { counted } from '../counted.ts'

const TITLES: Readonly<Record<Outcome, string>> = {
  works: 'works',
  'no-effect': 'no effect',
  change: 'CHANGE',
  check: 'check',
}

/** One line per key, and what to do next. `name` is the file. */
export function migrationText(name: string, { keys, isReadable }: Migration): string {
  const places = keys.map(({ line }) => (line === undefined ? name : `${name}:${line}`))
  const width = Math.max(0, ...places.map(({ length }) => length))
  const lines = keys.map(({ key, outcome, text }, index) => {
    const place = (places[index] ?? '').padEnd(width)
    return `${place}  ${TITLES[outcome].padEnd(9)}  ${key === '' ? '' : `${key}: `}${text}`
  })
  return `${[...lines, '', ...summaryOf(name, keys, isReadable)].join('\n')}\n`
}

/** The same as a JSON object. */
export function migrationJson(name: string, { keys, isReadable }: Migration): string {
  const counts = Object.fromEntries(
    Object.keys(TITLES).map((outcome) => [outcome, countOf(keys, outcome)]),
  )
  return `${JSON.stringify({ file: name, isReadable, counts, keys }, null, 2)}\n`
}

/** Whether the proxy starts with the file as it is. */
export function isUsable({ keys, isReadable }: Migration): boolean {
  return isReadable && countOf(keys, 'change') === 0
}

function summaryOf(
  name: string,
  keys: readonly MigratedKey[],
  isReadable: boolean,
): readonly string[] {
  if (!isReadable) return [`${name} cannot be read as a configuration: see above.`]
  const [works = 0, none = 0, change = 0, check = 0] = (
    ['works', 'no-effect', 'change', 'check'] as const
  ).map((outcome) => countOf(keys, outcome))
  const counts = `${works === 1 ? '1 key works' : `${works} keys work`}, ${none} ${none === 1 ? 'has' : 'have'} no effect, ${change} must be changed, ${counted(check, 'difference')} to check.`
  if (change > 0) {
    return [counts, `The proxy does not start before the lines marked CHANGE are dealt with.`]
  }
  return [counts, `The proxy starts with this file: sse-proxy server ${name}`]
}

function countOf(keys: readonly MigratedKey[], outcome: string): number {
  return keys.filter((key) => key.outcome === outcome).length
}
