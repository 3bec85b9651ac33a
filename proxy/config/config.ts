import type { AdminSettings } from '../admin/admin-server.ts'
import type { UpstreamLimits, UpstreamTarget } from '../backend/upstream.ts'
import type { LogLimits } from '../fanout/frame-log.ts'
import type { CorsOptions } from '../front/cors.ts'
import type { FrontLimits } from '../front/admission.ts'

// [protocol §8.2] Other hosts reach a port only when the file says so.
export const DEFAULT_HOST = '127.0.0.1'

/** An address to listen on; port 0 = any free one. */
export interface Connector {
  readonly host: string
  readonly port: number
}

/** Everything that the proxy can be told, checked and with its defaults filled in. */
export interface Config {
  /** At least one. */
  readonly applicationConnectors: readonly Connector[]
  readonly adminConnectors: readonly Connector[]
  readonly backEnds: readonly UpstreamTarget[]
  readonly cors: CorsOptions
  readonly logLevel: LogLevel
  readonly settings: ProxySettings
  /** What the file says and the proxy does not do, in sentences. */
  readonly warnings: readonly string[]
}

/** Names of pino's levels. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** The framework's names of the levels, and pino's. */
export const LOG_LEVELS: Readonly<Record<string, LogLevel>> = {
  ALL: 'trace',
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
  OFF: 'silent',
}

/** The file's block `proxy`: what only this proxy has. Durations in milliseconds, 0 = never. */
export interface ProxySettings {
  /** Silence after which a client gets a comment. */
  readonly heartbeatMs: number
  /** How long a client's socket may take nothing before it is cut off. */
  readonly stallMs: number
  /** How long a client may take to send its request head, and how large that may be. */
  readonly headMs: number
  readonly maxHeadBytes: number
  readonly maxFrameBytes: number
  /** Longest life of a stream, each one's a little shorter by chance. */
  readonly maxStreamMs: number
  /** Over how long the clients' return is spread when the proxy shuts down. */
  readonly returnSpreadMs: number
  readonly limits: FrontLimits
  /** Processes that serve clients; `auto` = as many as `limits.maxConnections` needs. */
  readonly workers: 'auto' | number
  readonly resync: {
    /** Whether clients that may have missed events are announced the change logs again. */
    readonly mode: 'announce' | 'off'
    readonly maxPointers: number
    /** Over how long announcements are spread. */
    readonly spreadMs: number
    /** How long a back end has to be connected again before clients are told what was lost. */
    readonly settleMs: number
  }
  readonly backEnd: Omit<UpstreamLimits, 'maxFrameBytes'> & {
    readonly reconnectFirstMs: number
    readonly reconnectCapMs: number
    /** How long a connection has to stand before the next wait is the first one again. */
    readonly steadyMs: number
    /** 0.1 = each wait is up to 10 % shorter or longer. */
    readonly reconnectJitter: number
  }
  readonly admin: AdminSettings
  readonly replay: LogLimits & { readonly ids: 'proxy' | 'upstream' }
}
