import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Arguments with which Node runs a script. A run of all tests compiles the programs of this
 * repository once, into the folder TEST_COMPILED; else their TypeScript is compiled at each start.
 */
export function nodeArguments(script: string): readonly string[] {
  if (!script.endsWith('.ts')) return [script]
  const compiled = process.env['TEST_COMPILED']
  const path = relative(ROOT, script)
  if (compiled === undefined || path.startsWith('..')) return ['--import', 'tsx', script]
  return [join(compiled, `${path.slice(0, -'.ts'.length)}.js`)]
}
