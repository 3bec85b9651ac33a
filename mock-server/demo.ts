import { readDemoPorts } from './demo/demo-ports.ts'
import { startProxyProcess } from './demo/proxy-process.ts'
import { welcome } from './demo/welcome.ts'
import { exitCode, MockServerError } from './errors.ts'
import { startMockContentStore } from './start.ts'

/** `npm start`: a store in this process, a proxy in front of it in another, and what to type to see them work. */

try {
  const ports = readDemoPorts(process.argv.slice(2))
  if (ports !== undefined) await run(ports)
} catch (error) {
  const message =
    error instanceof MockServerError
      ? error.message
      : String(error instanceof Error ? error.stack : error)
  process.stderr.write(`${message}\n`)
  process.exitCode = exitCode(error)
}

async function run(ports: NonNullable<ReturnType<typeof readDemoPorts>>): Promise<void> {
  const stop = new Promise<'stop'>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve('stop'))
  })
  await using store = await startMockContentStore({ port: ports.store }).catch((error: unknown) => {
    throw withFlag(error, '--store-port')
  })
  await using proxy = await startProxyProcess({
    backEndUrl: `${store.url}/webservice/escenic/changelog/sse`,
    port: ports.proxy,
    adminPort: ports.admin,
  })
  process.stdout.write(
    welcome({ storeUrl: store.url, proxyUrl: proxy.url, adminUrl: proxy.adminUrl }),
  )
  const ended = await Promise.race([stop, proxy.exited])
  if (ended !== 'stop') throw new Error(`the proxy ended by itself, with exit code ${ended}`)
}

/** The store names the flag of its own program. */
function withFlag(error: unknown, flag: string): unknown {
  if (!(error instanceof MockServerError)) return error
  return new MockServerError(error.code, error.message.replace('--port', `npm start -- ${flag}`), {
    cause: error,
  })
}
