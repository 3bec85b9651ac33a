import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { execa } from 'execa'
import { z } from 'zod'

const SOURCE = fileURLToPath(new URL('../../mock-server/main.ts', import.meta.url))
const START_MS = 60_000
const STOP_MS = 2_000

export interface StoreProcess extends AsyncDisposable {
  readonly url: string
}

const listening = z.object({ event: z.literal('listening'), url: z.string() })

/**
 * Runs a store in its own process, from its sources, as a user would at a terminal, and waits
 * until it listens, by default on a free port. Disposal stops it. Throws with its output when it does not start.
 */
export async function startStoreProcess(port = '0'): Promise<StoreProcess> {
  const args = ['--import', import.meta.resolve('tsx'), SOURCE, '--port', port, '--json']
  const store = execa(process.execPath, args, {
    stdin: 'ignore',
    reject: false,
    forceKillAfterDelay: STOP_MS,
  })
  const late = setTimeout(() => store.kill(), START_MS)
  const stop = async (): Promise<void> => {
    store.kill('SIGTERM')
    await store
  }
  try {
    const ended = store.then(({ exitCode, stderr }) => {
      throw new Error(`the store ended with ${exitCode} before it listened:\n${stderr}`)
    })
    const [line]: unknown[] = await Promise.race([
      once(createInterface({ input: store.stdout }), 'line'),
      ended,
    ])
    const { url } = listening.parse(JSON.parse(String(line)))
    return { url, [Symbol.asyncDispose]: stop }
  } catch (error) {
    await stop()
    throw error
  } finally {
    clearTimeout(late)
  }
}
