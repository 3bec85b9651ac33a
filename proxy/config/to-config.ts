import type { Config } from './config.ts'
import type { Connector } from './connector.ts'
import type { FileConnector } from './connector-schema.ts'
import { DROPWIZARD_KEYS } from './dropwizard-keys.ts'
import { LOG_LEVELS, type LogLevel } from './log-levels.ts'
import type { ConfigFile } from './schema.ts'

/** Name of the vendor's own logger, which sets the level of ours. */
const VENDOR_LOGGER = 'com.escenic.sse.proxy'

/** Turns a valid file into the configuration of a proxy. */
export function toConfig(file: ConfigFile): Config {
  return {
    applicationConnectors: file.server.applicationConnectors.map(toConnector),
    adminConnectors: file.server.adminConnectors.map(toConnector),
    backEnds: file.backends,
    cors: file.cors,
    logLevel: levelOf(file.logging),
    settings: file.proxy,
    warnings: warningsFor(file),
  }
}

function toConnector(connector: FileConnector): Connector {
  return {
    type: connector.type,
    host: connector.bindHost,
    port: connector.port,
    maxHeadBytes: connector.maxRequestHeaderSize,
    idleMs: connector.idleTimeout,
    acceptQueue: connector.acceptQueueSize,
    useForwardedHeaders: connector.useForwardedHeaders,
    useProxyProtocol: connector.useProxyProtocol,
    sendsServer: connector.useServerHeader,
    sendsDate: connector.useDateHeader,
  }
}

function levelOf({ level, loggers }: ConfigFile['logging']): LogLevel {
  const own = loggers[VENDOR_LOGGER]
  const ownLevel = typeof own === 'string' ? own : own?.level
  return LOG_LEVELS[ownLevel ?? level]
}

function warningsFor(file: ConfigFile): readonly string[] {
  const ignored = [
    ...present(file, '', DROPWIZARD_KEYS.root),
    ...present(file.server, 'server.', DROPWIZARD_KEYS.server),
    ...[...file.server.applicationConnectors, ...file.server.adminConnectors].flatMap((connector) =>
      present(connector, 'connector ', DROPWIZARD_KEYS.connector),
    ),
    ...present(file.logging, 'logging.', DROPWIZARD_KEYS.logging),
  ]
  const warnings: string[] = []
  if (ignored.length > 0) {
    const names = [...new Set(ignored)].join(', ')
    warnings.push(`these keys are accepted and have no effect: ${names}`)
  }
  if (file.server.gzip?.enabled === true) {
    warnings.push('server.gzip.enabled has no effect: a stream is never compressed')
  }
  return warnings
}

function present(block: object, prefix: string, keys: readonly string[]): readonly string[] {
  return keys.filter((key) => key in block).map((key) => prefix + key)
}
