import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { execa } from 'execa'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** The folder of the compiled modules. */
export const COMPILED_PAGE = fileURLToPath(new URL('../../dist/mock-server/ui/', import.meta.url))
const SOURCES = join(ROOT, 'mock-server/ui')

/** Compiles the page to where the store serves it from: half a second. */
export async function compilePage(): Promise<void> {
  const args = ['-p', 'mock-server/ui/tsconfig.build.json']
  await execa('tsc', args, { cwd: ROOT, preferLocal: true, all: true })
  removeStaleModules()
}

/** The compiler leaves modules in place whose source was removed. */
function removeStaleModules(): void {
  for (const path of readdirSync(COMPILED_PAGE, { recursive: true, encoding: 'utf8' }))
    if (path.endsWith('.js') && !existsSync(join(SOURCES, path.replace(/js$/, 'ts'))))
      rmSync(join(COMPILED_PAGE, path), { force: true })
}
