import { z } from 'zod'

/** A whole number in this range, also when it is written in quotes, as installers do. */
export function wholeNumber(min: number, max: number) {
  const expected = `a whole number from ${min} to ${max}`
  return z.preprocess(
    (value) => (typeof value === 'string' && /^[0-9]+$/.test(value) ? Number(value) : value),
    z.int(expected).min(min, expected).max(max, expected),
  )
}

/** A number from 0 to 1. */
export function fraction() {
  const expected = 'a number from 0 to 1'
  return z.number(expected).min(0, expected).max(1, expected)
}

/** One of these words. */
export function oneOf<const Word extends string>(...words: readonly [Word, ...Word[]]) {
  return z.enum(words, words.length === 1 ? words[0] : `one of ${words.join(', ')}`)
}

const expectedText = 'text'

// What would end a header field and start another.
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f]/

/** Text that is not empty and can stand in a header field: no line ends, no NUL [http §5.5]. */
export function fieldText() {
  return z.preprocess(
    // A password of digits only is text too.
    (value) => (typeof value === 'number' ? String(value) : value),
    z
      .string(expectedText)
      .refine((text) => !CONTROL.test(text), 'text without line ends and control characters'),
  )
}

/** The name of a header field [http §5.1]. */
export function fieldName() {
  return z.string(expectedText).regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'the name of a header field')
}

/** `true` or `false`, in quotes or not. */
export function flag() {
  return z.preprocess(
    (value) => (value === 'true' ? true : value === 'false' ? false : value),
    z.boolean('true or false'),
  )
}

/** Names with commas between them, in one string, as Jetty's filter takes them. */
export function nameList() {
  return z.string('names with commas between them').transform((text) =>
    text
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
  )
}
