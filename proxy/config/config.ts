import type { Connector } from './connector.ts'
import type { LogLevel } from './log-levels.ts'
import type { BackEndTarget } from './schema.ts'
import type { CorsSettings, ProxySettings } from './settings.ts'

/** What a configuration file says, checked and with defaults. */
export interface Config {
  /** At least one. */
  readonly applicationConnectors: readonly Connector[]
  readonly adminConnectors: readonly Connector[]
  readonly backEnds: readonly BackEndTarget[]
  readonly cors: CorsSettings
  readonly logLevel: LogLevel
  readonly settings: ProxySettings
  /** What the file says and the proxy ignores, in sentences. */
  readonly warnings: readonly string[]
}
