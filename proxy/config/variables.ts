import { isDeepStrictEqual } from 'node:util'

import { visit } from 'yaml'

import { type Expression, expressionsIn, fillIn, type Template } from './substitute.ts'
import { type Fault, readYaml, valueOf, type YamlText } from './yaml-document.ts'

/** What the expressions of a file came to. */
export interface FilledIn {
  readonly faults: readonly Fault[]
  /** Scalars whose text came, in part, from the environment: no message repeats them. */
  readonly nodes: ReadonlySet<unknown>
}

const MOST_NAMED = 20

/**
 * Puts values into the scalars of a template that has been read, so that each is what stands in the environment. In the framework
 * values are put into the text before it is YAML: where that would read differently, the variable is refused by its name, so
 * that no file means one thing there and another here.
 */
export function fillInVariables({ document }: YamlText, template: Template): FilledIn {
  const { expressions } = template
  const nodes = new Set<unknown>()
  const faults: Fault[] = []
  const used: { readonly expression: Expression; readonly offset: number }[] = []
  visit(document, {
    Scalar: (_key, node) => {
      if (typeof node.value !== 'string') return
      const found = expressionsIn(node.value, expressions)
      if (found.length === 0) return
      nodes.add(node)
      const offset = node.range?.[0] ?? 0
      for (const expression of found) {
        if (expression.value === undefined) faults.push({ offset, message: complaint(expression) })
        used.push({ expression, offset })
      }
      node.value = fillIn(node.value, expressions)
    },
  })
  const values = new Set(used.map(({ expression }) => expression).filter(isValue))
  const names = new Set([...values].flatMap(({ name }) => name ?? []))
  if (faults.length > 0 || isSameAsText(template, (one) => values.has(one)))
    return { faults, nodes }
  for (const name of [...names].slice(0, MOST_NAMED)) {
    if (isSameAsText(template, (one) => values.has(one) && one.name === name)) continue
    const offset = used.find(({ expression }) => expression.name === name)?.offset ?? 0
    faults.push({ offset, message: changes(name) })
  }
  if (faults.length === 0) {
    const message = `the values of ${[...names].join(', ')} together change the YAML around them`
    faults.push({ offset: used[0]?.offset ?? 0, message })
  }
  return { faults, nodes }
}

function isValue({ name, value }: Expression): boolean {
  return name !== undefined && value !== undefined
}

/** Whether it makes no difference if these values are put into the text or into its scalars. */
function isSameAsText(
  { text, expressions }: Template,
  isChosen: (expression: Expression) => boolean,
): boolean {
  const asText = readYaml(fillIn(text, expressions, isChosen))
  if (asText.faults.length > 0) return false
  const asValues = readYaml(text)
  visit(asValues.document, {
    Scalar: (_key, node) => {
      if (typeof node.value === 'string') node.value = fillIn(node.value, expressions, isChosen)
    },
  })
  return isDeepStrictEqual(valueOf(asText.document), valueOf(asValues.document))
}

function changes(name: string): string {
  return `the value of the environment variable ${name} would change the YAML around it: write '\${${name}}' in single quotes; if that is not enough, the value has a single quote or a line end: write the text into the file`
}

function complaint({ name }: Expression): string {
  if (name === undefined) {
    return 'expected ${NAME}, ${NAME:-default}, or $${ for a literal ${: nothing else is replaced'
  }
  return `the environment variable ${name} is not set: set it, or write \${${name}:-default}`
}
