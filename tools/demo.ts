import type { DemoOptions } from './demo/demo-options.ts'
import { readDemoOptions } from './demo/demo-options.ts'
import { proxyFile } from './demo/proxy-file.ts'
import { ServerStartError, startServer } from './demo/server-process.ts'
import { storeEnvironment } from './demo/store-environment.ts'
import { welcome } from './demo/welcome.ts'

/** `npm start`: a store, a proxy in front of it, and three commands that show how they work. */

try {
  await run(readDemoOptions(process.argv.slice(2)))
} catch (error) {
  const isStart = error instanceof ServerStartError
  process.stderr.write(`${isStart ? error.message : String(error)}\n`)
  process.exitCode = isStart ? error.exitCode : 70
}

async function run(options: DemoOptions): Promise<void> {
  const { storePort, proxyPort, adminPort } = options
  const stop = new Promise<'stop'>((resolve) => {
    // Not `once`: execa ends this process at a signal without a remaining listener.
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve('stop'))
  })
  await using store = await startServer({
    name: 'the store',
    script: 'mock-server/main.ts',
    args: ['--port', String(storePort)],
    env: storeEnvironment(options.storeSet, process.env),
    portFlags: `--store-port (${storePort})`,
  })
  using config = proxyFile(options.proxyConfig, options.proxySet)
  await using proxy = await startServer({
    name: 'the proxy',
    script: 'proxy/main.ts',
    args: ['server', config.path, '--port', String(proxyPort), '--admin-port', String(adminPort)],
    env: { CS_SSE: `${store.url}/webservice/escenic/changelog/sse` },
    portFlags: `--proxy-port (${proxyPort}) or --admin-port (${adminPort})`,
  })
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
