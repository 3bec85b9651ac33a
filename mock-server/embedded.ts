import { parseConfig } from './config.ts'
import { MockServerError } from './errors.ts'
import { Output } from './output.ts'
import { PROXY_SETTING } from './page/proxy-link.ts'
import { startMockContentStore } from './start.ts'

export { exitCode } from './errors.ts'

/** A store in the process of another program. */
export interface EmbeddedStore extends AsyncDisposable {
  readonly url: string
  /** Names the proxy in front of it, so that its page shows both streams side by side. */
  readonly nameProxy: (url: string, adminUrl: string) => void
}

/**
 * Starts a store in this process, from the arguments and variables of `mock-content-store`. It
 * reports defects on standard error, each line after `prefix`. Throws what `exitCode` knows.
 */
export async function startEmbedded(
  args: readonly string[],
  env: Readonly<NodeJS.ProcessEnv>,
  prefix: string,
): Promise<EmbeddedStore> {
  const config = parseConfig(args, env)
  if (config.kind === 'help') {
    throw new MockServerError('bad-config', 'expected settings, got a flag that asks for help')
  }
  const stderr = new Output(process.stderr)
  const onFault = (error: unknown): void => {
    const text = String(error instanceof Error ? error.stack : error)
    stderr.write(`${text.replaceAll(/^/gm, prefix)}\n`)
  }
  const store = await startMockContentStore({ ...config.settings, onFault })
  return {
    url: store.url,
    nameProxy: (url, adminUrl) => {
      store.control.proxy.set(PROXY_SETTING.parse({ url, adminUrl }))
    },
    [Symbol.asyncDispose]: () => store.close(),
  }
}
