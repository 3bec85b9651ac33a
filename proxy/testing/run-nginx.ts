import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { findQuietPort } from './free-port.ts'
import { eventually } from './deadline.ts'
import { RawClient } from './raw-client.ts'
import { startProgram } from './start-program.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** Debian installs nginx in a folder that is not in the PATH of users. */
const ENVIRONMENT = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` }

export const hasNginx = spawnSync('nginx', ['-v'], { env: ENVIRONMENT }).status === 0

export interface RunningNginx extends AsyncDisposable {
  readonly port: number
}

/** nginx with one server; `location` is the content of its location block. */
export async function runNginx(location: string): Promise<RunningNginx> {
  const folder = temporaryFolder('nginx-')
  const port = await findQuietPort()
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder.path}/${name};`,
  )
  const file = join(folder.path, 'nginx.conf')
  writeFileSync(
    file,
    `daemon off; master_process off; pid ${folder.path}/pid; error_log stderr error;
events {}
http { access_log off; ${temporary.join(' ')}
  server { listen 127.0.0.1:${port}; ${location} } }`,
  )
  const nginx = startProgram('nginx', ['-e', 'stderr', '-c', file], { environment: ENVIRONMENT })
  await eventually('nginx accepts', async () => {
    if (nginx.child.exitCode !== null) throw new Error(`nginx ended: ${nginx.stderr}`)
    const client = await RawClient.dial(port).catch(() => undefined)
    await client?.[Symbol.asyncDispose]()
    return client !== undefined
  })
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      await nginx[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}
