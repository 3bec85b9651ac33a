import { MockServerError } from '../errors.ts'

const FORBIDDEN = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u

/**
 * Refuses text that is not allowed in XML 1.0 (controls, lone surrogates): one such title would
 * break every feed that lists it.
 */
export function assertXmlText(text: string, what: string): void {
  const match = FORBIDDEN.exec(text)
  if (match === null) return
  const code = text.codePointAt(match.index) ?? 0
  const name = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`
  throw new MockServerError('bad-text', `${what} holds ${name}, which XML cannot carry; remove it`)
}
