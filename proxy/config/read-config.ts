import { readFileSync } from 'node:fs'

import { LineCounter, parseDocument, visit, type YAMLError } from 'yaml'

import { ProxyError } from '../errors.ts'
import type { Config } from './config.ts'
import { type Mistake, mistakesOf, placeOf, type Source } from './mistakes.ts'
import { fileSchema } from './schema.ts'
import { substitute } from './substitute.ts'
import { toConfig } from './to-config.ts'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads a configuration file. Throws one `bad-config` whose message lists every mistake with its place; nothing in a
 * message comes from a login or a header field.
 */
export function readConfig(path: string, environment: Environment): Config {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new ProxyError('bad-config', `cannot read the configuration: ${reason}`, { cause: error })
  }
  return parseConfig(text, path, environment)
}

/** As `readConfig`, from a text; the name stands in messages. */
export function parseConfig(text: string, name: string, environment: Environment): Config {
  const substitution = substitute(text, environment)
  const lines = new LineCounter()
  const document = parseDocument(substitution.text, { lineCounter: lines, prettyErrors: false })
  const source: Source = { document, lines, schema: fileSchema }

  if (document.errors.length > 0) {
    const misplaced = misplacedHeaders(substitution.text)
    throw badConfig(
      name,
      misplaced === undefined
        ? document.errors.map((error) => syntaxMistake(error, source))
        : [misplaced],
    )
  }
  if (document.contents === null) {
    const message = 'the file is empty: expected the blocks server and backends'
    throw badConfig(name, [{ line: 1, column: 1, message }])
  }
  const unset = unsetVariables(source, substitution.unset)
  const parsed = fileSchema.safeParse(document.toJS())
  const mistakes = [...unset, ...(parsed.success ? [] : mistakesOf(parsed.error.issues, source))]
  if (!parsed.success || mistakes.length > 0) throw badConfig(name, mistakes)
  return toConfig(parsed.data)
}

function badConfig(name: string, mistakes: readonly Mistake[]): ProxyError {
  const sorted = mistakes.toSorted((a, b) => a.line - b.line || a.column - b.column)
  const count = sorted.length === 1 ? 'a mistake' : `${sorted.length} mistakes`
  const list = sorted.map(({ line, column, message }) => `  ${name}:${line}:${column}  ${message}`)
  return new ProxyError('bad-config', [`${name} has ${count}:`, ...list].join('\n'))
}

function syntaxMistake(error: YAMLError, source: Source): Mistake {
  return { ...placeOf(error.pos[0], source), message: `not YAML: ${error.message}` }
}

/** The manual's own sample indents `httpHeaders` deeper than the `uri` above it, which YAML takes for more of the value. */
function misplacedHeaders(text: string): Mistake | undefined {
  const found = /^([ \t]*(?:-[ \t]*)?)uri[ \t]*:.*\n([ \t]+)httpHeaders[ \t]*:/m.exec(text)
  if (found === null) return undefined
  const [, beforeUri = '', beforeHeaders = ''] = found
  if (beforeHeaders.length <= beforeUri.length) return undefined
  const line = text.slice(0, found.index).split('\n').length + 1
  const column = beforeHeaders.length + 1
  const message = `httpHeaders starts in column ${column}: indent it like the uri above, to column ${beforeUri.length + 1}`
  return { line, column, message }
}

/** A variable without a value matters where it is a value, not in a comment. */
function unsetVariables(source: Source, unset: readonly string[]): readonly Mistake[] {
  const mistakes: Mistake[] = []
  visit(source.document, {
    Scalar: (_key, { value, range }) => {
      for (const name of unset) {
        if (typeof value !== 'string' || !value.includes(`\${${name}}`)) continue
        const message = `the environment variable ${name} is not set: set it, or write \${${name}:-default}`
        mistakes.push({ ...placeOf(range?.[0], source), message })
      }
    },
  })
  return mistakes
}
