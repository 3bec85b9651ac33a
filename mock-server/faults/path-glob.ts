/** Longest pattern. A match costs at most this many steps for each character of the text. */
export const MAX_GLOB_LENGTH = 200

/** Matches any characters but `/`, or any at all, once or more often. */
const STAR = Symbol('*')
const DEEP_STAR = Symbol('**')

type Token = string | typeof STAR | typeof DEEP_STAR

/**
 * A pattern for paths: `*` matches any characters but `/`, also none; `**` matches any characters
 * at all. Everything else matches itself. Follows all ways to match at once, so that no text
 * makes it go back.
 */
export class PathGlob {
  readonly #tokens: readonly Token[]

  constructor(pattern: string) {
    this.#tokens = tokensOf(pattern)
  }

  matches(text: string): boolean {
    const tokens = this.#tokens
    let states = this.#withSkipped(new Set([0]))
    for (let at = 0; at < text.length && states.size > 0; at += 1) {
      const character = text.charAt(at)
      const next = new Set<number>()
      for (const state of states) {
        const token = tokens[state]
        if (token === DEEP_STAR || (token === STAR && character !== '/')) next.add(state)
        else if (token === character) next.add(state + 1)
      }
      states = this.#withSkipped(next)
    }
    return states.has(tokens.length)
  }

  /** A star may stand for nothing. */
  #withSkipped(states: Set<number>): Set<number> {
    for (const state of states) {
      const token = this.#tokens[state]
      if (token === STAR || token === DEEP_STAR) states.add(state + 1)
    }
    return states
  }
}

function tokensOf(pattern: string): readonly Token[] {
  const tokens: Token[] = []
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern.charAt(at)
    if (character !== '*') tokens.push(character)
    else if (pattern.charAt(at + 1) === '*') {
      tokens.push(DEEP_STAR)
      at += 1
    } else tokens.push(STAR)
  }
  return tokens
}
