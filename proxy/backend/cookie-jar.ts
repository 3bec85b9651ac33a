/**
 * The cookies of one back end, sent back on each connection so that a load balancer leads it to the same store node.
 * Name and value only: there is one URL to send them to, and a session ends with the process.
 */
export class CookieJar {
  readonly #cookies = new Map<string, string>()

  /** Value of the Cookie field; undefined when there is none. */
  get field(): string | undefined {
    if (this.#cookies.size === 0) return undefined
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  /** Takes the Set-Cookie fields of an answer. */
  keep(fields: readonly string[]): void {
    for (const field of fields) {
      const [pair = '', ...attributes] = field.split(';')
      const equals = pair.indexOf('=')
      const name = pair.slice(0, equals).trim()
      if (equals < 1 || field.length > LONGEST_FIELD) continue
      const isGone = attributes.some((attribute) =>
        /^\s*max-age\s*=\s*(0|-\d+)\s*$/i.test(attribute),
      )
      this.#cookies.delete(name)
      if (!isGone && this.#cookies.size < MOST_COOKIES) {
        this.#cookies.set(name, pair.slice(equals + 1).trim())
      }
    }
  }
}

const MOST_COOKIES = 20
const LONGEST_FIELD = 4096
