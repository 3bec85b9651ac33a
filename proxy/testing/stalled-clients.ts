import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const SOURCE = fileURLToPath(new URL('stalled-clients/main.go', import.meta.url))

export interface StalledClients extends AsyncDisposable {
  readonly count: number
}

/** Connects clients that read nothing, by a Go program that is built into `folder`. Disposing of it ends them. */
export async function startStalledClients(
  port: number,
  count: number,
  folder: string,
): Promise<StalledClients> {
  const program = join(folder, 'stalled-clients')
  const build = spawnSync('go', ['build', '-o', program, SOURCE], { encoding: 'utf8' })
  if (build.status !== 0) throw new Error(`stalled-clients does not build: ${build.stderr}`)
  const child = spawn(program, [`127.0.0.1:${port}`, String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exit = once(child, 'exit')
  const connected = once(createInterface(child.stdout), 'line')
  const early = exit.then(([code]) => {
    throw new Error(`stalled-clients ended with ${code} before all were connected`)
  })
  await Promise.race([connected, early])
  early.catch(() => {}) // From now on it is ended on purpose.
  return {
    count,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await exit
    },
  }
}
