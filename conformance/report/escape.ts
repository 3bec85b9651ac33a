/**
 * Control characters except newline and tab, lone surrogates, separators that some readers take for
 * line ends, direction marks that reorder a line, and noncharacters.
 */
// eslint-disable-next-line no-control-regex -- control characters are what this looks for
const INVISIBLE = /[\0-\x08\x0b-\x1f\x7f-\x9f\p{Cs}\u2028-\u202e\u2066-\u2069\ufffe\uffff]/gu

const MARKUP: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/**
 * Text for a terminal: `ESC` becomes `\x1b`, so that a target cannot control the user's terminal.
 * Newline and tab stay.
 */
export function escapeConsole(text: string): string {
  return text.replaceAll(INVISIBLE, (character) => {
    const code = character.codePointAt(0) ?? 0
    const hex = code.toString(16)
    return code < 0x100 ? String.raw`\x` + hex.padStart(2, '0') : String.raw`\u` + hex
  })
}

/** Text or a quoted attribute of HTML. */
export function escapeHtml(text: string): string {
  return escapeConsole(text).replaceAll(/[&<>"']/g, (character) => MARKUP[character] ?? '')
}

/**
 * Text or a quoted attribute of XML 1.0: forbidden characters are shown as in a terminal [xml
 * §2.2].
 */
export function escapeXml(text: string): string {
  // [xml §3.3.3] A parser turns white space of an attribute into spaces unless it is a reference.
  return escapeHtml(text).replaceAll('\n', '&#10;').replaceAll('\t', '&#9;')
}

/** Text for one cell of a Markdown table, on one line. */
export function escapeMarkdown(text: string): string {
  return escapeConsole(text)
    .replaceAll(/[\\`*_[\]|~]/g, String.raw`\$&`)
    .replaceAll(/[&<>]/g, (character) => MARKUP[character] ?? '')
    .replaceAll(/[\n\t]/g, ' ')
}

/** JSON text: strings may hold any character as an escape, so none needs to appear literally. */
export function escapeJson(json: string): string {
  return json.replaceAll(
    /[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufffe\uffff]/g,
    (character) => String.raw`\u` + (character.codePointAt(0) ?? 0).toString(16).padStart(4, '0'),
  )
}
