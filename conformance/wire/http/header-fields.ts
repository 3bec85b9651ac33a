const SHOWN = 200

/**
 * A header line as received: the name in its letter case, the value without surrounding white
 * space.
 */
export interface HeaderField {
  readonly name: string
  readonly value: string
}

/** All values of a field, in order. */
export function fieldValues(fields: readonly HeaderField[], name: string): readonly string[] {
  const wanted = name.toLowerCase()
  return fields.filter((field) => field.name.toLowerCase() === wanted).map((field) => field.value)
}

/** The values of a field joined by commas [http §5.3]; undefined when there is none. */
export function fieldValue(fields: readonly HeaderField[], name: string): string | undefined {
  const values = fieldValues(fields, name)
  return values.length === 0 ? undefined : values.join(', ')
}

/** Trims spaces and tabs at both ends, in one pass [http §5.6.3]. */
function trimBlanks(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isBlank(text[start])) start += 1
  while (end > start && isBlank(text[end - 1])) end -= 1
  return text.slice(start, end)
}

function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\t'
}

/**
 * Parses the lines between the start line and the blank line. Reports each broken rule to
 * `violate`.
 */
export function parseHeaderFields(
  lines: readonly string[],
  violate: (what: string) => void,
): readonly HeaderField[] {
  const fields: HeaderField[] = []
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(colon, 0))
    // [http/1.1 §5.1] No white space between name and colon; [http/1.1 §5.2] no folded lines.
    if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)) {
      violate(
        `header line ${JSON.stringify(line.slice(0, SHOWN))} does not begin with a field name and a colon`,
      )
      continue
    }
    const value = trimBlanks(line.slice(colon + 1))
    // eslint-disable-next-line no-control-regex -- control characters are what this looks for
    if (/[\0-\x08\x0a-\x1f\x7f]/.test(value)) {
      violate(`header ${name} has a control character in its value`) // [http §5.5]
    }
    fields.push({ name, value })
  }
  return fields
}
