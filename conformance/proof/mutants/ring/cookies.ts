import type { Switches } from './switches.ts'

interface Kept {
  readonly value: string
  /** The prefix of paths that get it. */
  readonly below: string
}

/** The cookies of one back end [cookies §5.3] [cookies §5.4]. */
export class Cookies {
  readonly #switches: Switches
  readonly #kept = new Map<string, Kept>()

  constructor(switches: Switches) {
    this.#switches = switches
  }

  /** Keeps, replaces or removes a cookie. `line`: the value of one Set-Cookie field. */
  learn(line: string): void {
    const [pair = '', ...attributes] = line.split(';').map((part) => part.trim())
    const equals = pair.indexOf('=')
    if (equals < 1) return
    const value = (name: string): string | undefined =>
      attributes.find((text) => text.toLowerCase().startsWith(`${name}=`))?.slice(name.length + 1)
    const [path = '/', maxAge, expires] = [value('path'), value('max-age'), value('expires')]
    const isOver =
      maxAge === undefined
        ? expires !== undefined && Date.parse(expires) <= Date.now()
        : Number(maxAge) <= 0
    const name = pair.slice(0, equals)
    if (isOver && !this.#switches.has('ring-cookies-for-ever')) this.#kept.delete(name)
    else this.#kept.set(name, { value: pair.slice(equals + 1), below: path.replace(/\/?$/, '/') })
  }

  /** The Cookie field for a request of this path. Empty: none. */
  field(pathname: string): string {
    const isAny = this.#switches.has('ring-cookies-any-path')
    return [...this.#kept]
      .filter(([, { below }]) => isAny || `${pathname}/`.startsWith(below))
      .map(([name, { value }]) => `${name}=${value}`)
      .join('; ')
  }
}
