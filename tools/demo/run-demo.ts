import { readDemoOptions } from './demo-options.ts'
import type { DemoOptions } from './demo-options.ts'
import { nameProxy } from './name-proxy.ts'
import { proxyFile } from './proxy-file.ts'
import { ServerStartError, startServer } from './server-process.ts'
import { storeEnvironment } from './store-environment.ts'
import { welcome } from './welcome.ts'

const OWN_FAULT = 70

/**
 * A store, a proxy in front of it, and three commands that show how they work, until a signal ends
 * them. `command` is what a user types for it. Returns the exit code.
 */
export async function runDemo(command: string, args: readonly string[]): Promise<number> {
  try {
    await run(readDemoOptions(command, args))
    return 0
  } catch (error) {
    const isStart = error instanceof ServerStartError
    process.stderr.write(`${isStart ? error.message : String(error)}\n`)
    return isStart ? error.exitCode : OWN_FAULT
  }
}

async function run(options: DemoOptions): Promise<void> {
  const { storePort, proxyPort, adminPort } = options
  const stop = new Promise<'stop'>((resolve) => {
    // Not `once`: a second signal would end this process before its servers.
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve('stop'))
  })
  await using store = await startServer({
    name: 'the store',
    script: 'mock-server/main.ts',
    args: ['--port', String(storePort)],
    env: storeEnvironment(options.storeSet, process.env),
    portFlags: `--store-port (${storePort})`,
  })
  using config = await proxyFile(options.proxyConfig, options.proxySet)
  await using proxy = await startServer({
    name: 'the proxy',
    script: 'proxy/main.ts',
    args: ['server', config.path, '--port', String(proxyPort), '--admin-port', String(adminPort)],
    env: { CS_SSE: `${store.url}/webservice/escenic/changelog/sse` },
    portFlags: `--proxy-port (${proxyPort}) or --admin-port (${adminPort})`,
  })
  await nameProxy(store.url, proxy)
  proxy.onLog((line) => process.stderr.write(`proxy: ${line}\n`))
  process.stdout.write(
    welcome({ storeUrl: store.url, proxyUrl: proxy.url, adminUrl: proxy.adminUrl }),
  )
  const ended = await Promise.race([
    stop,
    store.exited.then((code) => `the store ended by itself, with exit code ${code}`),
    proxy.exited.then((code) => `the proxy ended by itself, with exit code ${code}`),
  ])
  if (ended !== 'stop') throw new Error(ended)
}
