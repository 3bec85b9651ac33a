/**
 * One setting of a run, declared once: its flag, variable, help, parser and default. This file runs
 * in k6 and in Node.
 */
export interface Setting<T> {
  /**
   * Kebab case: `store-port` is `--store-port` for `npm run load` and `STORE_PORT` for a script.
   */
  readonly name: string
  /**
   * Placeholder of the value in the help, e.g. `<SECONDS>`. undefined = there is no flag: the
   * runner sets the variable.
   */
  readonly placeholder?: string
  /** One line, without the default. */
  readonly help: string
  /** Throws an `Error` that names the expected value. */
  readonly read: (text: string) => T
  /** The value when no text is given. */
  readonly fallback: T
  /** The default in words, for the help. */
  readonly defaultText?: string
  /** Whether no message may show the text. */
  readonly isSecret?: boolean
  /** Joins the texts when the flag is given several times. undefined = it may be given once. */
  readonly separator?: string
}

/** Settings by the name that code uses. */
type Table<T> = { readonly [K in keyof T]: Setting<T[K]> }

/** The values that a table of settings describes. */
export type ValuesOf<S> = { readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never }

/** Gives TypeScript the type of a setting's value. */
export function setting<T>(declared: Setting<T>): Setting<T> {
  return declared
}

/**
 * Reads the values of a table. `textOf` returns the given text of a setting, `label` its name in
 * messages. Every mistake becomes a line of `mistakes`, and the value is then the default.
 */
export function readValues<T extends object>(
  table: Table<T>,
  textOf: (name: string) => string | undefined,
  label: (name: string) => string,
  mistakes: string[],
): T {
  const values: Partial<T> = {}
  for (const key in table) {
    const { name, read, fallback, isSecret = false } = table[key]
    values[key] = fallback
    const text = textOf(name)
    if (text === undefined) continue
    try {
      values[key] = read(text)
    } catch (error) {
      const expected = error instanceof Error ? error.message : String(error)
      const got = isSecret ? 'one that is not shown' : shown(text)
      mistakes.push(`${label(name)}: expected ${expected}, got ${got}`)
    }
  }
  if (isComplete(values, table)) return values
  throw new Error('a setting was not read')
}

/** The text in quotes, without a login in a URL: everything up to the last `@`. */
export function shown(text: string): string {
  const [start, end] = [text.indexOf('://'), text.lastIndexOf('@')]
  if (start === -1 || end < start) return JSON.stringify(text)
  return JSON.stringify(`${text.slice(0, start + 3)}***${text.slice(end)}`)
}

function isComplete<T extends object>(values: Partial<T>, table: Table<T>): values is T {
  return Object.keys(table).every((key) => key in values)
}

/** Name of the variable that passes a setting to a script. */
export function variableOf(name: string): string {
  return name.toUpperCase().replaceAll('-', '_')
}

export function count(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^[0-9]{1,15}$/.test(text) ? Number(text) : Number.NaN
    if (value >= least && value <= most) return value
    throw new Error(`a number from ${least} to ${most}`)
  }
}

export function oneOf<T extends string>(names: readonly T[]): (text: string) => T {
  return (text) => {
    const found = names.find((name) => name === text)
    if (found !== undefined) return found
    throw new Error(names.join(', '))
  }
}

/** Seconds, as milliseconds. */
export function seconds(most: number): (text: string) => number {
  const read = count(1, most)
  return (text) => read(text) * 1000
}

/** k6 has no `URL` class. */
const HTTP_URL = /^https?:\/\/(?:[\w.-]+|\[[\dA-Fa-f:.]+\])(?::(\d{1,5}))?(?:[/?#][^\s,]*)?$/
const MAX_PORT = 65_535

export function httpUrl(text: string): string {
  const [url, port = '80'] = HTTP_URL.exec(text) ?? []
  if (url !== undefined && Number(port) <= MAX_PORT) return url
  throw new Error('http://HOST:PORT/… without a login')
}

/** Comma separated. */
export function httpUrls(text: string): readonly string[] {
  return text.split(',').map(httpUrl)
}

/** A URL that paths are appended to. */
export function baseUrl(text: string): string {
  const url = httpUrl(text)
  return url.endsWith('/') ? url.slice(0, -1) : url
}

/** Scheme, host and port alone. */
export function serverUrl(text: string): string {
  const url = baseUrl(text)
  if (/^https?:\/\/[^/?#]+$/.test(url)) return url
  throw new Error('http://HOST:PORT without a path')
}

export function anyText(text: string): string {
  if (text !== '') return text
  throw new Error('some text')
}
