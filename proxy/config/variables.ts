import { isDeepStrictEqual } from 'node:util'

import { isCollection, type Scalar, visit } from 'yaml'

import { type Expression, expressionsIn, fillIn, type Template } from './substitute.ts'
import { type Fault, readYaml, valueOf, type YamlText } from './yaml-document.ts'

/** The result of replacing the expressions of a file. */
export interface FilledIn {
  readonly faults: readonly Fault[]
  /** Scalars with text from the environment. No message repeats them. */
  readonly nodes: ReadonlySet<unknown>
  /** Texts of keys with text from the environment. */
  readonly keys: ReadonlySet<string>
}

/** A scalar that has expressions, as it is in the template. */
interface Use {
  readonly offset: number
  readonly expressions: readonly Expression[]
  /** With quotes. */
  readonly source: string
  readonly value: string
  readonly isKey: boolean
  readonly isInBrackets: boolean
}

const MAX_NAMED = 20
/** Bounds the search for the names: several times the largest file. */
const MAX_SEARCHED = 500_000

/**
 * Puts values into the scalars of a parsed template, exactly as they are in the environment. The
 * framework puts them into the text before it parses the YAML. If that gives another file, the
 * variable is refused by name, so that a file means the same in both.
 */
export function fillInVariables({ document }: YamlText, template: Template): FilledIn {
  const uses: Use[] = []
  const nodes = new Set<unknown>()
  const keys = new Set<string>()
  visit(document, {
    Scalar: (key, node, path) => {
      if (typeof node.value !== 'string') return
      const expressions = expressionsIn(node.value, template.expressions)
      if (expressions.length === 0) return
      const isInBrackets = path.some((parent) => isCollection(parent) && parent.flow === true)
      const isKey = key === 'key'
      const { value } = node
      uses.push({ ...placeOf(node, template.text), expressions, value, isKey, isInBrackets })
      nodes.add(node)
      const filled = fillIn(value, template.expressions)
      node.value = filled
      if (isKey) keys.add(filled)
    },
  })
  if (uses.length === 0) return { faults: [], nodes, keys }
  const unknown = uses.flatMap(({ expressions, offset }) =>
    expressions
      .filter(({ value }) => value === undefined)
      .map((expression) => ({ offset, message: unknownExpression(expression) })),
  )
  if (unknown.length > 0) return { faults: unknown, nodes, keys }
  const faults = isSameAsText(uses, template) ? [] : changesOfYaml(uses, template)
  return { faults, nodes, keys }
}

function placeOf({ range }: Scalar, text: string): Pick<Use, 'offset' | 'source'> {
  const [offset, end] = range ?? [0, 0]
  return { offset, source: text.slice(offset, end) }
}

/** Whether values put into the text give the same file as values put into its scalars. */
function isSameAsText(uses: readonly Use[], { text, expressions }: Template): boolean {
  const used = new Set(uses.flatMap((use) => use.expressions).filter(isVariable))
  const isUsed = (expression: Expression): boolean => used.has(expression)
  const asText = readYaml(fillIn(text, expressions, isUsed))
  if (asText.faults.length > 0) return false
  const asScalars = readYaml(text)
  visit(asScalars.document, {
    Scalar: (_key, node) => {
      if (typeof node.value === 'string') node.value = fillIn(node.value, expressions, isUsed)
    },
  })
  return isDeepStrictEqual(valueOf(asText.document), valueOf(asScalars.document))
}

/** The variables whose values change the YAML around them, each at its first use. */
function changesOfYaml(uses: readonly Use[], template: Template): readonly Fault[] {
  const faults = new Map<string, Fault>()
  let searched = 0
  for (const use of uses) {
    for (const name of namesIn(use)) {
      searched += use.source.length
      if (faults.size === MAX_NAMED || searched > MAX_SEARCHED) break
      if (faults.has(name) || !changesScalar(use, name, template)) continue
      faults.set(name, { offset: use.offset, message: changedYaml(name) })
    }
  }
  if (faults.size > 0) return [...faults.values()]
  const names = [...new Set(uses.flatMap((use) => [...namesIn(use)]))]
  const list = names.slice(0, MAX_NAMED).join(', ') + (names.length > MAX_NAMED ? ', …' : '')
  const message = `the values of ${list} together change the YAML around them`
  return [{ offset: uses[0]?.offset ?? 0, message }]
}

/** Reads the scalar alone, which costs less than the whole file for each variable. */
function changesScalar(use: Use, name: string, { expressions }: Template): boolean {
  const isChosen = (expression: Expression): boolean =>
    isVariable(expression) && expression.name === name
  const text = fillIn(use.source, expressions, isChosen)
  const scalar = fillIn(use.value, expressions, isChosen)
  const pair = use.isKey ? `${text}: x` : `x: ${text}`
  const { document, faults } = readYaml(use.isInBrackets ? `{${pair}}` : pair)
  const expected = use.isKey ? { [scalar]: 'x' } : { x: scalar }
  return faults.length > 0 || !isDeepStrictEqual(valueOf(document), expected)
}

function namesIn({ expressions }: Use): ReadonlySet<string> {
  return new Set(expressions.filter(isVariable).flatMap(({ name }) => name ?? []))
}

function isVariable({ name, value }: Expression): boolean {
  return name !== undefined && value !== undefined
}

function changedYaml(name: string): string {
  return `the value of the environment variable ${name} would change the YAML around it: write '\${${name}}' in single quotes; if that is not enough, the value has a single quote or a line end: write the text into the file`
}

function unknownExpression({ name }: Expression): string {
  if (name === undefined) {
    return 'expected ${NAME}, ${NAME:-default}, or $${ for a literal ${: nothing else is replaced'
  }
  return `the environment variable ${name} is not set: set it, or write \${${name}:-default}`
}
