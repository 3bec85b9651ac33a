/** Of open brackets, and of columns that a line is indented by. A file of the store needs ten. */
const MAX_DEPTH = 256

export const TOO_DEEP =
  'too many lists or maps are inside each other; a file of the store needs five levels at most'

/**
 * The offset at which a YAML text is nested too deeply, roughly: it counts brackets and dashes of
 * texts, too. The parser calls itself for each level, and at the end of its stack V8 may abort the
 * process instead of throwing.
 */
export function tooDeepAt(text: string): number | undefined {
  let brackets = 0
  let columns = 0
  let isIndent = true
  for (let offset = 0; offset < text.length; offset += 1) {
    const character = text[offset] ?? ''
    if (character === '\n') {
      columns = 0
      isIndent = true
      continue
    }
    isIndent &&= ' \t-?:'.includes(character)
    const startsBlock = '-?'.includes(character) && text[offset + 1] === ' '
    if (isIndent || startsBlock) columns += 1
    if ('[{'.includes(character)) brackets += 1
    if (']}'.includes(character) && brackets > 0) brackets -= 1
    if (Math.max(brackets, columns) > MAX_DEPTH) return offset
  }
  return undefined
}
