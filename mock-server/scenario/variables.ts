const WHOLE = /^\$([A-Za-z_]\w*)$/
/** `$$` is a dollar sign. */
const PART = /\$\$|\$\{([A-Za-z_]\w*)\}/g

export type Value = string | number

/** The variables of a run. Branches share them. */
export type Variables = Map<string, Value>

/** Names of the variables in a text: `$name` as a whole, or `${name}` in it. */
export function namesIn(text: string): readonly string[] {
  const [, whole] = WHOLE.exec(text) ?? []
  if (whole !== undefined) return [whole]
  return [...text.matchAll(PART)].flatMap(([, name]) => name ?? [])
}

/**
 * The value with its variables replaced: a text that is a variable gets its value and type. Unknown
 * ones stay; a file with some is refused before.
 */
export function withVariables<T>(value: T, variables: ReadonlyMap<string, Value>): T {
  // A value is replaced by one of the same shape, in which only texts have changed.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return replaced(value, variables) as T
}

/** The value as a scenario writes it, so that nothing in it is taken for a variable. */
export function withoutVariables(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('$', () => '$$')
  return mapParts(value, withoutVariables)
}

function replaced(value: unknown, variables: ReadonlyMap<string, Value>): unknown {
  if (typeof value === 'string') {
    const [, whole] = WHOLE.exec(value) ?? []
    if (whole !== undefined) return variables.get(whole) ?? value
    return value.replaceAll(PART, (text, name?: string) =>
      name === undefined ? '$' : String(variables.get(name) ?? text),
    )
  }
  return mapParts(value, (part) => replaced(part, variables))
}

function mapParts(value: unknown, change: (part: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(change)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, change(part)]))
}
