import { readTlsClient } from '../tls/tls-client.ts'
import { readTlsServer } from '../tls/tls-server.ts'
import { TlsMistake } from '../tls/tls-mistake.ts'
import { certificatesOf, certificateWarning } from './certificate-age.ts'
import type { BackEndTarget, Config, EngineTarget } from './config.ts'
import { type Connector, isSecure, speaksH2 } from './connector.ts'
import { type FileConnector, socketOf } from './connector-schema.ts'
import { DROPWIZARD_KEYS } from './dropwizard-keys.ts'
import type { ForwardProxies } from './forward-proxies.ts'
import { LOG_LEVELS, type LogLevel } from './log-levels.ts'
import type { ConfigFile } from './schema.ts'
import { UNIX_PEER } from '../front/trusted-proxies.ts'
import { adminContextPathOf, serverConnectors } from './server-connectors.ts'
import type { EngineSettings } from './settings.ts'
import { BACK_END_LOGGER, ROOT_LOGGER } from '../log/log-event.ts'

/** A file that the configuration names cannot be used. `path` = place of the setting. */
export interface FileMistake {
  readonly path: readonly PropertyKey[]
  /** A sentence. */
  readonly message: string
}

/** Adds a mistake, or a warning. */
interface Findings {
  readonly mistakes: FileMistake[]
  readonly warnings: string[]
}

/**
 * Turns a valid file into the configuration of a proxy, and reads the files that it names. The
 * configuration is not usable if there are mistakes.
 */
export function toConfig(
  file: ConfigFile,
  forwardProxies: ForwardProxies | undefined,
): readonly [Config, readonly FileMistake[]] {
  const findings: Findings = { mistakes: [], warnings: [] }
  const placed = serverConnectors(file)
  const connectorsOf = (kind: 'application' | 'admin'): readonly Connector[] =>
    placed[kind].map(({ connector, path }) => toConnector(connector, path, findings))
  const [applicationConnectors, adminConnectors] = [
    connectorsOf('application'),
    connectorsOf('admin'),
  ]
  const certificates = certificatesOf([...applicationConnectors, ...adminConnectors], Date.now())
  const { engine } = file.proxy
  const config = {
    applicationConnectors,
    adminConnectors,
    adminContextPath: adminContextPathOf(file),
    sharesConnector: file.server.type === 'simple',
    backEnds: file.backends.map((backEnd, index) => ({
      ...toTarget(backEnd, index, findings),
      ...(forwardProxies === undefined ? {} : { forwardProxies }),
    })),
    cors: file.cors,
    logLevel: levelOf(file.logging, ROOT_LOGGER),
    backEndLogLevel: levelOf(file.logging, BACK_END_LOGGER),
    logAppenders: file.logging.appenders,
    requestLogAppenders: file.server.requestLog?.appenders ?? [],
    settings: settingsOf(file),
    ...(engine === undefined ? {} : { engine: toEngine(engine, findings) }),
    warnings: [
      ...warningsFor(file),
      ...findings.warnings,
      ...certificates.flatMap((certificate) => certificateWarning(certificate) ?? []),
    ],
  }
  return [config, findings.mistakes]
}

/**
 * Behind a reverse proxy on this host, all clients of a shared connector seem to be programs on this
 * host, which may use tasks otherwise.
 */
function settingsOf({ server, proxy }: ConfigFile): ConfigFile['proxy'] {
  if (server.type !== 'simple' || proxy.admin.tasks === 'on') return proxy
  return { ...proxy, admin: { ...proxy.admin, tasks: 'off' } }
}

function toConnector(
  connector: FileConnector,
  path: FileMistake['path'],
  findings: Findings,
): Connector {
  const { type, keyStorePath } = connector
  const socket = socketOf(connector)
  const plain = {
    type,
    host: connector.bindHost,
    port: connector.port ?? 0,
    ...(socket === undefined ? {} : { socket }),
    maxHeadBytes: connector.maxRequestHeaderSize,
    idleMs: connector.idleTimeout,
    acceptQueue: connector.acceptQueueSize,
    useForwardedHeaders: connector.useForwardedHeaders,
    useProxyProtocol: connector.useProxyProtocol,
    sendsServer: connector.useServerHeader,
    sendsDate: connector.useDateHeader,
    ...(speaksH2(type) ? { h2: h2SettingsOf(connector) } : {}),
  }
  if (!isSecure(type) || keyStorePath === undefined) return plain
  const tlsSettings = { ...connector, keyStorePath }
  const read = readFiles(path, findings, () => readTlsServer(tlsSettings))
  if (read === undefined) return plain
  findings.warnings.push(...read.warnings)
  return { ...plain, tls: read.server, tlsSettings }
}

function h2SettingsOf({ maxConcurrentStreams, initialStreamRecvWindow }: FileConnector) {
  return {
    maxConcurrentStreams: maxConcurrentStreams ?? 1024,
    initialStreamRecvWindow: initialStreamRecvWindow ?? 65_535,
  }
}

function toTarget(
  { tls: settings, ...backEnd }: ConfigFile['backends'][number],
  index: number,
  findings: Findings,
): BackEndTarget {
  if (settings === undefined) return backEnd
  const tls = readFiles(['backends', index, 'tls'], findings, () => readTlsClient(settings))
  return tls === undefined ? backEnd : { ...backEnd, tls }
}

function toEngine({ tls: settings, ...engine }: EngineSettings, findings: Findings): EngineTarget {
  if (settings === undefined) return engine
  const tls = readFiles(['proxy', 'engine', 'tls'], findings, () => readTlsClient(settings))
  return tls === undefined ? engine : { ...engine, tls }
}

/** The result of the work; undefined = it found a mistake, at a key of this path. */
function readFiles<Value>(
  path: FileMistake['path'],
  findings: Findings,
  work: () => Value,
): Value | undefined {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof TlsMistake)) throw error
    findings.mistakes.push({ path: [...path, error.key], message: error.message })
    return undefined
  }
}

/** The level of a logger: that of the longest name in the file that it has or begins with. */
function levelOf({ level, loggers }: ConfigFile['logging'], name: string): LogLevel {
  const levels = Object.entries(loggers).flatMap(([logger, value]) => {
    const isOwn = name === logger || name.startsWith(`${logger}.`)
    const own = typeof value === 'string' ? value : value.level
    return isOwn && own !== undefined ? [{ length: logger.length, own }] : []
  })
  const [nearest] = levels.toSorted((a, b) => b.length - a.length)
  return LOG_LEVELS[nearest?.own ?? level]
}

function warningsFor(file: ConfigFile): readonly string[] {
  const { application, admin } = serverConnectors(file)
  const ignored = [
    ...present(file, '', DROPWIZARD_KEYS.root),
    ...present(file.server, 'server.', DROPWIZARD_KEYS.server),
    ...[...application, ...admin].flatMap(({ connector }) =>
      present(connector, 'connector ', { ...DROPWIZARD_KEYS.connector, ...DROPWIZARD_KEYS.tls }),
    ),
    ...file.backends.flatMap(({ tls = {} }) => present(tls, 'tls ', DROPWIZARD_KEYS.clientTls)),
    ...effectless(file.logging.appenders ?? [], 'logging'),
    ...effectless(file.server.requestLog?.appenders ?? [], 'requestLog'),
  ]
  const warnings: string[] = []
  if (ignored.length > 0) {
    const names = [...new Set(ignored)].join(', ')
    warnings.push(`these keys are accepted and have no effect: ${names}`)
  }
  const hasSocket = application.some(({ connector }) => connector.type === 'unix-socket')
  const { limits, trustedProxies } = file.proxy
  if (hasSocket && limits.maxPerAddress > 0 && !trustedProxies.includes(UNIX_PEER)) {
    warnings.push(
      'proxy.limits.maxPerAddress counts all clients of a Unix socket as one: name unix in ' +
        'proxy.trustedProxies if the reverse proxy there names its clients',
    )
  }
  if (file.server.gzip?.enabled === true) {
    warnings.push('server.gzip.enabled has no effect: a stream is never compressed')
  }
  return warnings
}

/** Keys of appenders that have no effect. */
function effectless(list: readonly object[], prefix: string): readonly string[] {
  return list.flatMap((one) => present(one, `${prefix} appender `, DROPWIZARD_KEYS.appender))
}

function present(block: object, prefix: string, keys: object): readonly string[] {
  return Object.keys(keys)
    .filter((key) => key in block)
    .map((key) => prefix + key)
}
