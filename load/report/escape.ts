/**
 * Makes foreign text safe to show. Each format has one escaper, and all text of a target passes it
 * on the way to a report or the console.
 */

/**
 * Control, format and surrogate code points, and unassigned ones: XML forbids some, terminals
 * execute others.
 */
const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}]/gu
const ENTITIES = [
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&#39;'],
] as const
const MARKDOWN = /[\\`<>|&[\]]/g
/** Longer lines are not useful, and a report has thousands of lines. */
const MAX_LINE = 2_000

/** One line for a terminal: an escape sequence becomes readable text, `\u{1b}`. */
export function consoleLine(text: string): string {
  const isLong = text.length > MAX_LINE
  const visible = text.slice(0, MAX_LINE).replaceAll(INVISIBLE, (point) => {
    return `\\u{${point.codePointAt(0)?.toString(16) ?? ''}}`
  })
  return isLong ? `${visible}… (${text.length} characters)` : visible
}

/** A message of several lines for a terminal. */
export function consoleText(text: string): string {
  return text.split('\n').map(consoleLine).join('\n')
}

/** Text or quoted attribute of an HTML or SVG element. */
export function htmlText(text: string): string {
  return ENTITIES.reduce((html, [character, entity]) => {
    return html.replaceAll(character, entity)
  }, consoleLine(text))
}

/** Text in a paragraph or a table cell of a Markdown page. */
export function markdownText(text: string): string {
  return consoleLine(text).replaceAll(MARKDOWN, (character) => `\\${character}`)
}
