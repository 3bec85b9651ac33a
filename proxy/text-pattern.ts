/**
 * A pattern such as one of the `allowedOrigins`: `*` matches any text, every other character matches
 * itself. Each part between two stars is searched once, from left to right, so that the time is
 * linear in the text for any number of stars.
 */
export class TextPattern {
  readonly #isExact: boolean
  readonly #start: string
  readonly #middle: readonly string[]
  readonly #end: string

  constructor(pattern: string) {
    const [start = '', ...others] = pattern.split('*')
    this.#isExact = others.length === 0
    this.#start = start
    this.#middle = others.slice(0, -1)
    this.#end = others.at(-1) ?? ''
  }

  matches(text: string): boolean {
    if (this.#isExact) return text === this.#start
    if (!text.startsWith(this.#start) || !text.endsWith(this.#end)) return false
    const endStart = text.length - this.#end.length
    let at = this.#start.length
    for (const part of this.#middle) {
      const found = text.indexOf(part, at)
      if (found === -1) return false
      at = found + part.length
    }
    // Start, parts and end must not share characters.
    return at <= endStart
  }
}
