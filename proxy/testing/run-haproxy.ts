import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { eventually } from './deadline.ts'
import { findQuietPort } from './free-port.ts'
import { RawClient } from './raw-client.ts'
import { startProgram } from './start-program.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** Debian installs HAProxy in a folder that is not in the PATH of users. */
const ENVIRONMENT = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` }

export const hasHaproxy = spawnSync('haproxy', ['-v'], { env: ENVIRONMENT }).status === 0

export interface RunningHaproxy extends AsyncDisposable {
  readonly port: number
}

/** HAProxy with one server at `port`; `server` = further words, `lines` = further lines. */
export async function runHaproxy(
  port: number,
  server: string,
  lines: readonly string[],
): Promise<RunningHaproxy> {
  const folder = temporaryFolder('haproxy-')
  const frontPort = await findQuietPort()
  const file = join(folder.path, 'haproxy.cfg')
  const config = `
defaults
  timeout connect 10s
  timeout client 60s
  timeout server 60s
listen front
  bind 127.0.0.1:${frontPort}
  ${lines.join('\n  ')}
  server proxy 127.0.0.1:${port} ${server}
`
  writeFileSync(file, config)
  const haproxy = startProgram('haproxy', ['-db', '-f', file], { environment: ENVIRONMENT })
  await eventually('HAProxy accepts', async () => {
    if (haproxy.child.exitCode !== null) throw new Error(`HAProxy ended: ${haproxy.stderr}`)
    const client = await RawClient.dial(frontPort).catch(() => undefined)
    await client?.[Symbol.asyncDispose]()
    return client !== undefined
  })
  return {
    port: frontPort,
    [Symbol.asyncDispose]: async () => {
      await haproxy[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}
