/** A configuration text with its variables replaced. */
export interface Substitution {
  readonly text: string
  /** Names that are not set and have no default; their expressions stay in the text as they were. */
  readonly unset: readonly string[]
}

/**
 * Replaces `${NAME}` and `${NAME:-default}` in the raw text, before it is YAML: comments too, and a value may bring
 * YAML of its own. `$${NAME}` stands for a literal `${NAME}`. A variable that is set but empty is used as it is,
 * unlike in a shell. These are the rules of Dropwizard's substitutor in its lenient mode.
 */
export function substitute(
  text: string,
  environment: Readonly<Record<string, string | undefined>>,
): Substitution {
  const unset = new Set<string>()
  const replaced = text.replaceAll(
    /(\$?)\$\{([^}:]+)(?::-([^}]*))?\}/g,
    (expression: string, escape: string, name: string, fallback: string | undefined) => {
      if (escape !== '') return expression.slice(1)
      const value = environment[name] ?? fallback
      if (value === undefined) unset.add(name)
      return value ?? expression
    },
  )
  return { text: replaced, unset: [...unset] }
}
