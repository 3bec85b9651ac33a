import { join } from 'node:path'

/**
 * Arguments with which Node runs a script of this repository, whose path starts at its root. A run
 * of all tests compiles the programs once, into the folder TEST_COMPILED; else their TypeScript is
 * compiled at each start.
 */
export function nodeArguments(script: string): readonly string[] {
  const compiled = process.env['TEST_COMPILED']
  if (compiled === undefined) return ['--import', 'tsx', script]
  return [join(compiled, `${script.slice(0, -'.ts'.length)}.js`)]
}
