import type { TlsClient } from '../tls/tls-client.ts'
import type { AppenderSettings } from './appender-schema.ts'
import type { Connector } from './connector.ts'
import type { ForwardProxies } from './forward-proxies.ts'
import type { LogLevel } from './log-levels.ts'
import type { ConfigFile } from './schema.ts'
import type { CorsSettings, EngineSettings, ProxySettings } from './settings.ts'

type FileBackEnd = ConfigFile['backends'][number]

/** Where a back end is, and how the proxy connects and logs in there. */
export type BackEndTarget = Omit<FileBackEnd, 'tls' | 'httpVersion'> & {
  /** Default: auto. */
  readonly httpVersion?: FileBackEnd['httpVersion']
  readonly tls?: TlsClient
  /** Those of the environment; undefined = all URLs are connected directly. */
  readonly forwardProxies?: ForwardProxies
}

/** Where a row of proxies has its log, and how the proxy connects and logs in there. */
export type EngineTarget = Omit<EngineSettings, 'tls'> & {
  readonly tls?: TlsClient
}

/** What a configuration file says, checked and with defaults. */
export interface Config {
  /** At least one. */
  readonly applicationConnectors: readonly Connector[]
  readonly adminConnectors: readonly Connector[]
  /** Path of the admin pages besides `/`, without a slash at its end; '' = none. */
  readonly adminContextPath: string
  /** Whether the application connectors serve the admin pages, too. */
  readonly sharesConnector: boolean
  readonly backEnds: readonly BackEndTarget[]
  readonly cors: CorsSettings
  readonly logLevel: LogLevel
  /** The level of lines about back ends. */
  readonly backEndLogLevel: LogLevel
  /** Where the log goes; undefined = JSON lines on standard error. */
  readonly logAppenders: readonly AppenderSettings[] | undefined
  /** Where a line goes for each stream that has ended. */
  readonly requestLogAppenders: readonly AppenderSettings[]
  readonly settings: ProxySettings
  /** The log that a row of proxies shares; undefined = this proxy is alone. */
  readonly engine?: EngineTarget
  /** What the file says and the proxy ignores, in sentences. */
  readonly warnings: readonly string[]
}
