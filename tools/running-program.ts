import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { execa } from 'execa'
import { z } from 'zod'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const COMPILED = process.env['TEST_COMPILED']

const listening = z.object({
  event: z.literal('listening'),
  url: z.string(),
  adminUrl: z.string().default(''),
})

/** The store or the proxy, in a process of its own. */
export interface RunningProgram {
  readonly url: string
  /** Address of its admin pages; empty = it has none. */
  readonly adminUrl: string
  /** Settles when it has ended. */
  readonly stop: (signal?: 'SIGKILL' | 'SIGTERM') => Promise<void>
}

/**
 * Starts the program of a folder with `--json`, compiled if all tests are run, and waits until it
 * listens. Rejects with its output when it ends before.
 */
export async function startProgram(
  folder: 'mock-server' | 'proxy',
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<RunningProgram> {
  const program =
    COMPILED === undefined
      ? ['--import', import.meta.resolve('tsx'), join(ROOT, folder, 'main.ts')]
      : [join(COMPILED, folder, 'main.js')]
  const child = execa(process.execPath, [...program, ...args, '--json'], {
    env,
    stdin: 'ignore',
    reject: false,
    // By default execa kills a program that takes 5 s to end, as on a busy machine.
    forceKillAfterDelay: false,
  })
  let text = ''
  const { url, adminUrl } = await new Promise<z.output<typeof listening>>((resolve, reject) => {
    child.stdout.on('data', (bytes: Buffer) => {
      text += bytes.toString()
      const [line = '', rest] = text.split('\n', 2)
      if (rest !== undefined) resolve(listening.parse(JSON.parse(line)))
    })
    void child.then(({ stderr }) => reject(new Error(`${folder} ended: ${stderr}`)))
  })
  return {
    url,
    adminUrl,
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal)
      await child
    },
  }
}
