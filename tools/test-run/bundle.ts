import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { rolldown } from 'rolldown'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** Tests start these some hundred times. */
const PROGRAMS = ['proxy', 'mock-server']

/**
 * Global setup of a short run: puts each program and its packages into a few files, in place of the
 * compiled ones. A start then takes two thirds of the processor time, because the packages have
 * hundreds of modules. A full run starts the programs as the package contains them.
 */
export async function setup(): Promise<void> {
  const { TEST_COMPILED: compiled } = process.env
  if (compiled === undefined) throw new Error('expected that compile.ts runs before bundle.ts')
  for (const folder of PROGRAMS) {
    await using bundle = await rolldown({
      cwd: ROOT,
      input: `${folder}/main.ts`,
      platform: 'node',
      external: /^#/,
      transform: { target: 'node20' },
    })
    await bundle.write({ dir: join(compiled, folder), format: 'esm' })
  }
}
