import { readDemoOptions } from './demo-options.ts'
import type { DemoOptions } from './demo-options.ts'
import { proxyFile } from './proxy-file.ts'
import { ServerStartError, startProxy, startStore } from './servers.ts'
import { storeEnvironment } from './store-environment.ts'
import { welcome } from './welcome.ts'

const OWN_FAULT = 70
/** Longest time from a signal to the end of the process. */
const STOP_MS = 2_000

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
  // A reader that has left costs its output, and not the servers.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  const stopped = new Promise<void>((resolve) => {
    // Not `once`: a second signal would end this process before its servers have closed.
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, resolve)
  })
  await using store = await startStore({
    args: ['--port', String(storePort)],
    env: { ...process.env, ...storeEnvironment(options.storeSet, process.env) },
    portFlags: `--store-port (${storePort})`,
  })
  using config = await proxyFile(options.proxyConfig, options.proxySet)
  await using proxy = await startProxy({
    args: ['server', config.path, '--port', String(proxyPort), '--admin-port', String(adminPort)],
    env: { ...process.env, CS_SSE: `${store.url}/webservice/escenic/changelog/sse` },
    portFlags: `--proxy-port (${proxyPort}) or --admin-port (${adminPort})`,
  })
  // Last resort: a defect fails a request, not both servers.
  process.on('uncaughtException', ({ stack = '' }) => void process.stderr.write(`${stack}\n`))
  store.nameProxy(proxy.url, proxy.adminUrl)
  process.stdout.write(
    welcome({ storeUrl: store.url, proxyUrl: proxy.url, adminUrl: proxy.adminUrl }),
  )
  await stopped
  // Clients that do not read, and output without a reader, would keep this process alive.
  setTimeout(() => process.exit(0), STOP_MS).unref()
}
