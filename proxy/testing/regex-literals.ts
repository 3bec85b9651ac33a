import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { parseSync, Visitor } from 'oxc-parser'

interface RegexLiteral {
  /** Path in the folder `proxy`. */
  readonly file: string
  readonly pattern: RegExp
}

export interface RegexUses {
  readonly literals: readonly RegexLiteral[]
  /** Files that build patterns at run time; such patterns cannot be listed. */
  readonly builders: readonly string[]
}

const PROXY = fileURLToPath(new URL('..', import.meta.url))
/** Not part of the program: tests, their helpers, and benchmarks. */
const NOT_PROGRAM = /(^(testing|bench)\/|\.test\.ts$)/

/** The regular expressions in the program's sources. */
export function regexUses(): RegexUses {
  const files = readdirSync(PROXY, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.ts') && !NOT_PROGRAM.test(file))
    .toSorted()
  const uses = files.map((file) => regexUsesIn(file, readFileSync(join(PROXY, file), 'utf8')))
  return {
    literals: uses.flatMap(({ literals }) => literals),
    builders: uses.flatMap(({ builders }) => builders),
  }
}

/** Like `regexUses`, for one source text. */
export function regexUsesIn(file: string, source: string): RegexUses {
  const { program, errors } = parseSync(file, source)
  if (errors[0] !== undefined) throw new Error(`${file}: ${errors[0].message}`)
  const literals: RegexLiteral[] = []
  const builders: string[] = []
  const noteBuilder = ({ callee }: { readonly callee: object }): void => {
    if ('name' in callee && callee.name === 'RegExp') builders.push(file)
  }
  new Visitor({
    Literal: (node) => {
      if (!('regex' in node)) return
      const { pattern, flags } = node.regex
      literals.push({ file, pattern: new RegExp(pattern, flags) })
    },
    NewExpression: noteBuilder,
    CallExpression: noteBuilder,
  }).visit(program)
  return { literals, builders }
}
