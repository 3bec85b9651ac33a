import type { KnobName } from '../knobs.ts'
import { KNOB_NAMES, KNOBS } from '../knobs.ts'

const START = '<!-- settings: written from their declarations -->'
const END = '<!-- end of settings -->'

/** The page with all settings of the store between two marks. */
export function withSettingsTable(page: string): string {
  const [start, end] = [page.indexOf(START), page.indexOf(END)]
  if (start === -1 || end < start) throw new Error(`expected ${START} and then ${END} in the page`)
  const rows = KNOB_NAMES.map(rowOf).join('\n')
  const table = `| flag | default | what it does |\n|---|---|---|\n${rows}`
  return `${page.slice(0, start)}${START}\n\n${table}\n\n${page.slice(end)}`
}

/** The flag of a setting: `--max-count` for `maxCount`. */
export function flagOf(name: KnobName): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

function rowOf(name: KnobName): string {
  const { arg, help, guide } = KNOBS[name]
  const flag = [flagOf(name), arg ?? []].flat().join(' ')
  const more = guide === undefined ? '' : ` ([more](${guide}))`
  const cells = [`\`${flag}\``, defaultOf(name), `${help}${more}`]
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

function defaultOf(name: KnobName): string {
  const { default: value, secret } = KNOBS[name]
  if (secret === true) return ''
  if (typeof value === 'boolean') return value ? 'on' : 'off'
  const text = Array.isArray(value) ? value.map(String).join(',') : value
  const isText = typeof text === 'number' || (typeof text === 'string' && text !== '')
  return isText ? `\`${text}\`` : ''
}
