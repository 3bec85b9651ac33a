/** Characters that would not be seen, or that change the order in which others are shown. */
// oxlint-disable-next-line no-control-regex -- these are the ones.
const INVISIBLE = /[\u0000-\u001F\u007F-\u009F\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF]/g

const NAMES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** Text in which no character is invisible: a line feed is `\n`, others are `⟨U+202E⟩`. */
export function visibleText(text: string): string {
  return text.replaceAll(INVISIBLE, (character) => {
    const code = character.codePointAt(0) ?? 0
    return NAMES[character] ?? `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`
  })
}

/** The same, but with line breaks. */
export function visibleBreaks(text: string): string {
  return text.split('\n').map(visibleText).join('\n')
}

/** The lines of a frame, each with its visible end. */
export function visibleLines(text: string): readonly string[] {
  return text.split(/(?<=\n)/).map(visibleText)
}

/** At most so many characters, and an ellipsis for the rest. */
export function shortened(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max)}…`
}
