/** An expression of a configuration text: `${…}` or `$${…}`. */
export interface Expression {
  /** As it is written. */
  readonly source: string
  /** Name of the environment variable; undefined = an escape, or an unknown expression. */
  readonly name: string | undefined
  /** Its value; undefined = the variable is not set, or the expression is unknown. */
  readonly value: string | undefined
}

/**
 * A configuration text with a marker for each expression, so that no value changes the YAML around
 * it.
 */
export interface Template {
  readonly text: string
  readonly expressions: readonly Expression[]
}

type Environment = Readonly<Record<string, string | undefined>>

// Code points that text must not contain [unicode §23.7]: a marker cannot occur in a file.
const START = '\uFDD0'
const END = '\uFDD1'
const PADDING = '\uFDD2'
const FIRST_DIGIT = 0xfd_e0
const MARKER = /\uFDD0([\uFDE0-\uFDEF]+)\uFDD2*\uFDD1/g

/** Nesting of defaults. */
const MAX_DEPTH = 10

/** Whether the text has a code point of a marker. */
export function hasMarker(text: string): boolean {
  return /[\uFDD0-\uFDEF]/.test(text)
}

/**
 * Finds `${NAME}`, `${NAME:-default}` and the escape `$${NAME}`, like the substitutor of
 * Dropwizard. A default remains in the text and may have expressions itself. A variable that is set
 * but empty has a value, unlike in a shell. Takes linear time.
 */
export function readTemplate(text: string, environment: Environment): Template {
  const expressions: Expression[] = []
  const reader = new ExpressionReader(text, environment, expressions)
  return { text: reader.readUntilEnd(), expressions }
}

/** Replaces markers by values. An expression without a value remains as it is written. */
export function fillIn(
  text: string,
  expressions: readonly Expression[],
  isChosen: (expression: Expression) => boolean = () => true,
): string {
  return text.replaceAll(MARKER, (marker: string, digits: string) => {
    const expression = expressions[numberOf(digits)]
    if (expression === undefined || !isChosen(expression)) return marker
    return expression.value ?? expression.source
  })
}

/** The expressions whose markers are in the text. */
export function expressionsIn(
  text: string,
  expressions: readonly Expression[],
): readonly Expression[] {
  return [...text.matchAll(MARKER)].flatMap(
    ([, digits = '']) => expressions[numberOf(digits)] ?? [],
  )
}

class ExpressionReader {
  readonly #text: string
  readonly #environment: Environment
  readonly #expressions: Expression[]
  #at = 0
  #depth = 0

  constructor(text: string, environment: Environment, expressions: Expression[]) {
    this.#text = text
    this.#environment = environment
    this.#expressions = expressions
  }

  readUntilEnd(): string {
    return this.#read(false, true)
  }

  /** Reads to the end of the text, or of a default. A default that is not used gets no markers. */
  #read(isDefault: boolean, isUsed: boolean): string {
    const parts: string[] = []
    while (this.#at < this.#text.length) {
      const next = this.#find(isDefault)
      parts.push(this.#text.slice(this.#at, next))
      this.#at = next
      if (this.#text[next] !== '$') break
      parts.push(this.#expression(isUsed))
    }
    return parts.join('')
  }

  /** The next `${`, `$${`, end of a default, or end of the text. */
  #find(isDefault: boolean): number {
    for (let at = this.#at; at < this.#text.length; at += 1) {
      const character = this.#text[at]
      if (isDefault && (character === '}' || character === '\n')) return at
      if (character !== '$') continue
      if (this.#text[at + 1] === '{') return at
      if (this.#text[at + 1] === '$' && this.#text[at + 2] === '{') return at
    }
    return this.#text.length
  }

  #expression(isUsed: boolean): string {
    const from = this.#at
    const isEscape = this.#text[from + 1] === '$'
    if (this.#depth === MAX_DEPTH) {
      this.#at += 2
      return isUsed ? this.#mark({ source: '${', name: undefined, value: undefined }) : '${'
    }
    this.#at += isEscape ? 3 : 2
    const nameFrom = this.#at
    while (/[\w.]/.test(this.#text[this.#at] ?? '')) this.#at += 1
    const name = this.#text.slice(nameFrom, this.#at)
    const hasDefault = this.#text.startsWith(':-', this.#at)
    const value = isEscape ? undefined : this.#environment[name]
    if (hasDefault) this.#at += 2
    const isDefaultUsed = isUsed && hasDefault && !isEscape && name !== '' && value === undefined
    // Without `:-` it is the rest of an unknown expression.
    this.#depth += 1
    const rest = this.#read(true, isDefaultUsed)
    this.#depth -= 1
    const isWhole = this.#text[this.#at] === '}'
    if (isWhole) this.#at += 1
    const source = this.#text.slice(from, this.#at)
    if (!isUsed) return source
    if (isEscape) return this.#mark({ source, name: undefined, value: source.slice(1) })
    const isKnown = isWhole && name !== '' && (hasDefault || rest === '')
    if (!isKnown) return this.#mark({ source, name: undefined, value: undefined })
    if (isDefaultUsed) return rest
    return this.#mark({ source, name, value })
  }

  /** As long as the expression, so that offsets in the text do not change. */
  #mark(expression: Expression): string {
    const digits = digitsOf(this.#expressions.length)
    this.#expressions.push(expression)
    const padding = PADDING.repeat(Math.max(0, expression.source.length - digits.length - 2))
    return `${START}${digits}${padding}${END}`
  }
}

/** The hexadecimal digits of a number, as code points from U+FDE0. */
function digitsOf(number: number): string {
  const digits = number.toString(16).split('')
  const codes = digits.map((digit) => FIRST_DIGIT + Number.parseInt(digit, 16))
  return String.fromCharCode(...codes)
}

function numberOf(digits: string): number {
  const codes = digits.split('').map((digit) => digit.charCodeAt(0))
  return codes.reduce((number, code) => number * 16 + code - FIRST_DIGIT, 0)
}
