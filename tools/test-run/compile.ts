import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { execa } from 'execa'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** The programs that tests start. It checks no types: `npm run typecheck` does. */
const PROGRAMS = fileURLToPath(new URL('tsconfig.programs.json', import.meta.url))
/** Inside the repository, so that `#fixtures` and `node_modules` resolve. */
const PARENT = join(ROOT, '.compiled')
/**
 * One for each run, named by its process, so that parallel runs do not overwrite each other's
 * files.
 */
const FOLDER = join(PARENT, String(process.pid))

/**
 * Global setup of a whole run: compiles the programs once. Tests start them from there
 * (`TEST_COMPILED`), because a program whose TypeScript is compiled at each start takes three times
 * the processor time.
 */
export async function setup(): Promise<void> {
  mkdirSync(PARENT, { recursive: true })
  for (const pid of readdirSync(PARENT))
    if (!isRunning(Number.parseInt(pid, 10))) remove(join(PARENT, pid))
  const args = ['-p', PROGRAMS, '--outDir', FOLDER]
  await execa('tsc', args, { cwd: ROOT, preferLocal: true, all: true })
  process.env['TEST_COMPILED'] = FOLDER
}

export function teardown(): void {
  remove(FOLDER)
}

function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
}

/** An interrupted run leaves its folder behind. */
function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
