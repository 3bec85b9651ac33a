import { createLogger } from '../logger.ts'
import { parseConfig } from '../config/read-config.ts'
import { startProxy } from '../start.ts'
import { eventually } from './deadline.ts'

export interface RunProxyOptions {
  readonly backEnds: readonly string[]
  /** The block `proxy`, over settings that make tests quick. */
  readonly settings?: object
  /** Further blocks of the file. */
  readonly blocks?: object
}

export interface ProxyUnderTest extends AsyncDisposable {
  readonly port: number
  readonly adminPort: number
  /** Waits until every back end is connected. */
  readonly healthy: () => Promise<void>
}

/** A proxy in this process, on free ports, from a file as an operator would write it. */
export async function runProxy(options: RunProxyOptions): Promise<ProxyUnderTest> {
  const connector = [{ type: 'http', port: 0 }]
  const file = {
    server: { applicationConnectors: connector, adminConnectors: connector },
    backends: options.backEnds.map((uri) => ({ uri })),
    proxy: {
      backEnd: { reconnectFirstMs: 50, reconnectCapMs: 200, reconnectJitter: 0 },
      ...options.settings,
    },
    ...options.blocks,
  }
  const config = parseConfig(JSON.stringify(file), 'test.yaml', {})
  const proxy = await startProxy(config, createLogger('silent'), [])
  const adminPort = Number(new URL(proxy.adminUrl).port)
  return {
    port: Number(new URL(proxy.url).port),
    adminPort,
    healthy: async () => {
      let isHealthy = false
      const asking = (async () => {
        while (!isHealthy) {
          const { ok } = await fetch(`${proxy.adminUrl}/healthcheck`)
          isHealthy = ok
        }
      })()
      await eventually('every back end is connected', () => isHealthy)
      await asking
    },
    [Symbol.asyncDispose]: async () => {
      await proxy.close()
    },
  }
}
