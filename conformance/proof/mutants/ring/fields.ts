/**
 * Fields of a head by lower-case name. Several values are joined by a comma, except those of
 * `set-cookie` (a line end).
 */
export type Fields = ReadonlyMap<string, string>

const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/

/** Parses field lines. Undefined when one of them is malformed. */
export function parseFields(lines: readonly string[], keepsSpelling = false): Fields | undefined {
  const fields = new Map<string, string>()
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(0, colon))
    const value = line.slice(colon + 1)
    if (!TOKEN.test(name) || /[\0\r\n]/.test(value)) return undefined
    const key = keepsSpelling ? capitalised(name) : name.toLowerCase()
    const before = fields.get(key)
    const separator = key === 'set-cookie' ? '\n' : ', '
    fields.set(key, before === undefined ? trimmed(value) : before + separator + trimmed(value))
  }
  return fields
}

/** A fault: only names in their usual spelling are found. */
function capitalised(name: string): string {
  return /^[A-Z]/.test(name) && name !== name.toUpperCase() ? name.toLowerCase() : `other ${name}`
}

// Without a pattern: these bytes come from outside.
function trimmed(value: string): string {
  let start = 0
  let end = value.length
  while (isBlank(value[start])) start += 1
  while (end > start && isBlank(value[end - 1])) end -= 1
  return value.slice(start, end)
}

function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\t'
}
