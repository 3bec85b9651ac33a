import { basename, dirname, join } from 'node:path'

import { DatePattern } from './date-pattern.ts'

const TOKEN = /(%d(?:\{[^{}]*\})?|%i)/
/** What dates and numbers look like. Other files of the folder must never be taken for archives. */
const FILLED_IN = /^[0-9._:,+-]{1,40}$/

/**
 * Names of archived files by a pattern of the framework: `%d{yyyy-MM-dd}` is the period in which the
 * file was written, `%i` a number. A name that ends in `.gz` is compressed.
 */
export class ArchiveName {
  readonly folder: string
  readonly hasDate: boolean
  readonly hasIndex: boolean
  readonly isCompressed: boolean
  readonly #parts: readonly string[]
  readonly #date: DatePattern

  /** Throws what is expected if the pattern is not one. */
  constructor(pattern: string, timeZone: string) {
    this.folder = dirname(pattern)
    // Text and tokens alternate.
    this.#parts = basename(pattern).split(TOKEN)
    const tokens = this.#parts.filter((_part, index) => index % 2 === 1)
    const dates = tokens.filter((token) => token !== '%i')
    this.hasDate = dates.length > 0
    this.hasIndex = tokens.length > dates.length
    this.isCompressed = pattern.endsWith('.gz')
    if (pattern.endsWith('.zip')) throw new Error('a name that ends in .gz, or is not compressed')
    if (TOKEN.test(this.folder))
      throw new Error('%d and %i in the name of the file, not of a folder')
    if (tokens.length === 0 || dates.length > 1 || tokens.length - dates.length > 1) {
      throw new Error('a name with one %d or %d{yyyy-MM-dd}, or one %i, or both')
    }
    this.#date = new DatePattern(/^%d\{(.*)\}$/.exec(dates[0] ?? '')?.[1] ?? 'yyyy-MM-dd', timeZone)
  }

  /** Files of the same period have the same text; a constant without `%d`. */
  period(timeMs: number): string {
    return this.hasDate ? this.#date.format(timeMs) : ''
  }

  /** The path of an archive. */
  path(period: string, index: number): string {
    const name = this.#parts.map((part, at) => {
      if (at % 2 === 0) return part
      return part === '%i' ? String(index) : period
    })
    return join(this.folder, name.join(''))
  }

  /** The number of an archive of this period; undefined = the file is none. */
  index(name: string, period: string): number | undefined {
    const at = this.#parts.indexOf('%i')
    const fill = (parts: readonly string[]): string =>
      parts.map((part) => (part.startsWith('%d') ? period : part)).join('')
    const start = fill(this.#parts.slice(0, at))
    const end = fill(this.#parts.slice(at + 1))
    for (const suffix of [end, end.replace(/\.gz$/, '')]) {
      const digits = name.slice(start.length, name.length - suffix.length)
      if (name === `${start}${digits}${suffix}` && /^[0-9]{1,9}$/.test(digits))
        return Number(digits)
    }
    return undefined
  }

  /** Whether a file of the folder is an archive, compressed or not yet. */
  isArchive(name: string): boolean {
    const [start = ''] = this.#parts
    const end = this.#parts.at(-1) ?? ''
    return [end, end.replace(/\.gz$/, '')].some((suffix) => {
      if (!name.startsWith(start) || !name.endsWith(suffix)) return false
      const middle = name.slice(start.length, name.length - suffix.length)
      return FILLED_IN.test(
        this.#parts.length > 3 ? middle.replace(this.#parts[2] ?? '', '-') : middle,
      )
    })
  }
}
