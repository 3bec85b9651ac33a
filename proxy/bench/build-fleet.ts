import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Builds the far end of benches and crowd tests in this folder; answers its path. Throws with what the compiler says. */
export function buildFleet(folder: string): string {
  const fleet = join(folder, 'fleet')
  const cwd = fileURLToPath(new URL('fleet', import.meta.url))
  const build = spawnSync('go', ['build', '-o', fleet, '.'], { cwd, encoding: 'utf8' })
  if (build.status !== 0) throw new Error(`the fleet does not build: ${build.stderr}`)
  return fleet
}
