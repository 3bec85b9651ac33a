import { fileURLToPath } from 'node:url'

import { execa } from 'execa'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Compiles the page to where the store serves it from. */
export async function compilePage(): Promise<void> {
  const args = ['-p', 'mock-server/ui/tsconfig.build.json']
  await execa('tsc', args, { cwd: ROOT, preferLocal: true })
}
