#!/usr/bin/env node
import { writeFileSync } from 'node:fs'

import { type Overrides, readCommandLine } from './config/command-line.ts'
import type { Config, Connector } from './config/config.ts'
import { ProxyError, type ProxyErrorCode } from './errors.ts'

// [protocol §8.3] What ends the program: usage and configuration, a port, or our own fault.
const EXIT_CODES: Partial<Record<ProxyErrorCode, number>> = {
  usage: 2,
  'bad-config': 2,
  'cannot-listen': 3,
}
const OWN_FAULT = 70
/** Makes a process that a proxy has started one of its workers. */
const WORKER = '--worker'

try {
  if (process.argv[2] === WORKER && process.send !== undefined)
    (await import('./process/worker.ts')).runWorker()
  else await main()
} catch (error) {
  const code = error instanceof ProxyError ? EXIT_CODES[error.code] : undefined
  process.exitCode = code ?? OWN_FAULT
  const text = error instanceof Error ? (code === undefined ? error.stack : error.message) : error
  process.stderr.write(`${String(text)}\n`)
}

async function main(): Promise<void> {
  const command = readCommandLine(process.argv.slice(2), process.env)
  switch (command.kind) {
    case 'help':
      command.print()
      return
    case 'check':
      await check(command.file)
      return
    case 'server':
      await serve(command.file, command.overrides)
  }
}

async function check(file: string): Promise<void> {
  const { readConfig } = await import('./config/read-config.ts')
  for (const warning of readConfig(file, process.env).warnings) {
    process.stderr.write(`warning: ${warning}\n`)
  }
  process.stdout.write(`${file}: configuration is OK\n`)
}

/** Modules are loaded where they are needed: a typing mistake is answered before the first of them. */
async function serve(file: string, overrides: Overrides): Promise<void> {
  const { readConfig } = await import('./config/read-config.ts')
  const config = withPorts(readConfig(file, process.env), overrides)
  const { createLogger } = await import('./logger.ts')
  const logger = createLogger(config.logLevel)
  for (const warning of config.warnings) logger.warn(warning)
  const { startProxy } = await import('./start.ts')
  const proxy = await startProxy(config, logger, [process.argv[1] ?? '', WORKER])
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      logger.info({ signal }, 'shutting down')
      void proxy.close()
    })
  }
  if (overrides.portFile !== undefined) {
    const ports = [proxy.url, proxy.adminUrl].map((url) => `${new URL(url).port}\n`)
    writeFileSync(overrides.portFile, ports.join(''))
  }
  // [protocol §8.1]
  const line = { event: 'listening', url: proxy.url, adminUrl: proxy.adminUrl }
  process.stdout.write(
    overrides.isJson ? `${JSON.stringify(line)}\n` : `listening on ${proxy.url}\n`,
  )
}

/** Each flag stands over the port of the first connector of its kind. */
function withPorts(config: Config, { port, adminPort }: Overrides): Config {
  return {
    ...config,
    applicationConnectors: withPort(config.applicationConnectors, port),
    adminConnectors: withPort(config.adminConnectors, adminPort),
  }
}

function withPort(
  connectors: readonly Connector[],
  port: number | undefined,
): readonly Connector[] {
  if (port === undefined) return connectors
  return connectors.map((connector, index) => (index === 0 ? { ...connector, port } : connector))
}
