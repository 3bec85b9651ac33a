import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { eventually } from './deadline.ts'
import { startProgram } from './start-program.ts'

const SOURCE = fileURLToPath(new URL('stalled-clients/main.go', import.meta.url))

export interface StalledClients extends AsyncDisposable {
  readonly count: number
}

/**
 * Connects clients that read nothing, with a Go program that is built in `folder`. Disposing ends
 * them.
 */
export async function startStalledClients(
  port: number,
  count: number,
  folder: string,
): Promise<StalledClients> {
  const program = join(folder, 'stalled-clients')
  const build = spawnSync('go', ['build', '-o', program, SOURCE], { encoding: 'utf8' })
  if (build.status !== 0) throw new Error(`stalled-clients does not build: ${build.stderr}`)
  const clients = startProgram(program, [`127.0.0.1:${port}`, String(count)])
  await eventually(`${count} clients that read nothing are connected`, () => {
    const { exitCode } = clients.child
    if (exitCode !== null)
      throw new Error(`stalled-clients ended with ${exitCode}: ${clients.stderr}`)
    return clients.stdout.includes('\n')
  })
  return { count, [Symbol.asyncDispose]: () => clients[Symbol.asyncDispose]() }
}
