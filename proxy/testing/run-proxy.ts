import { createLogger } from '../logger.ts'
import { parseConfig } from '../config/read-config.ts'
import { startProxy } from '../start.ts'
import { eventually } from './deadline.ts'
import { type ProxyFile, proxyFile } from './proxy-file.ts'

export interface ProxyUnderTest extends AsyncDisposable {
  readonly port: number
  readonly adminPort: number
  /** See `RunningProxy`. */
  readonly drain: (hurry?: AbortSignal) => Promise<void>
  /** Waits until every back end is connected. */
  readonly healthy: () => Promise<void>
}

/** A proxy in this process. Its settings make tests quick, and the given ones override them. */
export async function runProxy({ settings, ...file }: ProxyFile): Promise<ProxyUnderTest> {
  const quick = { reconnectFirstMs: 50, reconnectCapMs: 200, reconnectJitter: 0 }
  const text = proxyFile({ ...file, settings: { backEnd: quick, ...settings } })
  const config = parseConfig(text, 'test.yaml', {})
  const proxy = await startProxy(config, createLogger('silent'), [])
  const adminPort = Number(new URL(proxy.adminUrl).port)
  return {
    port: Number(new URL(proxy.url).port),
    adminPort,
    drain: proxy.drain,
    healthy: async () => {
      await eventually('every back end is connected', async () => {
        const { ok } = await fetch(`${proxy.adminUrl}/healthcheck`)
        return ok
      })
    },
    [Symbol.asyncDispose]: async () => {
      await proxy.close()
    },
  }
}
