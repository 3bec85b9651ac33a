/**
 * The role: a concentrator opens upstream connections itself, a gateway opens one for each client's
 * request.
 */
export const ROLES = ['concentrator', 'gateway'] as const

export type Role = (typeof ROLES)[number]

/**
 * Capabilities that a target may claim. A check is skipped when the target does not claim a
 * capability that it needs.
 */
export const CAPABILITIES = [
  /** A client that reconnects with `Last-Event-ID` gets the missed events. */
  'replay',
  /** The query parameter `lastEventId` replaces the header `Last-Event-ID`. */
  'query-id',
  /** A stream begins with the id of its position, before any event. */
  'early-id',
  /** A named event tells a client that replay is not exact. */
  'gap-event',
  /** Unknown fields, and the spelling of known ones, are forwarded unchanged. */
  'verbatim',
  /**
   * Upstream connections are open before the first client connects, and after the last one
   * disconnects.
   */
  'standing-upstream',
  /** Waits between retries of a lost back end grow. */
  'growing-backoff',
  /** Configured credentials are sent to the back end. */
  'credentials',
  /** Configured request headers are sent to the back end, `Host` included. */
  'header-override',
  /** Idle clients get comments. */
  'heartbeat',
  /** A request with `X-Requested-With: XMLHttpRequest` gets a response that ends after its events. */
  'long-poll',
  'cors',
  'admin',
  /** It has a second front, and both share one log. */
  'row',
  /** Before shutdown each client gets a `retry` with a different wait. */
  'spread-returns',
  /** It reads the vendor's configuration file. */
  'vendor-file',
  /** The front speaks TLS. A front whose URL is `https://` claims it by that. */
  'tls',
  /** The front speaks HTTP/2: by ALPN over TLS. */
  'h2',
  /** The front speaks HTTP/2 without TLS, with prior knowledge. It claims `h2` by that. */
  'h2c',
] as const

export type Capability = (typeof CAPABILITIES)[number]

/**
 * Settings that some rules need: `tight` has limits small enough to reach, and `workers` has at
 * least two processes that serve clients.
 */
export const VARIANTS = ['tight', 'workers'] as const

export type Variant = (typeof VARIANTS)[number]

/** Limits that a target claims. */
export interface Limits {
  /** Longest wait before a retry of a lost back end, in milliseconds. Default: 60 s. */
  readonly reconnectWithinMs?: number | undefined
  /** Longest silence before a client gets a comment. */
  readonly heartbeatMs?: number | undefined
  /** How long a back end may take for its response head. */
  readonly headWithinMs?: number | undefined
  /** Silence after which the connection to a back end is replaced. */
  readonly silenceMs?: number | undefined
  /** How long a client may take for its request head. */
  readonly requestWithinMs?: number | undefined
  /** How long a client may stop reading before it is disconnected. */
  readonly stallMs?: number | undefined
  /** Most clients at a time. */
  readonly maxClients?: number | undefined
  /** How many events the log holds. */
  readonly logEvents?: number | undefined
  /** Largest event of a back end. */
  readonly maxEventBytes?: number | undefined
  /** Longest wait of a long poll that gets no event. */
  readonly pollHoldMs?: number | undefined
}

/** What a target claims. The checks that need a claim verify it. */
export interface Claims extends Limits {
  readonly capabilities: readonly Capability[]
  /** Number of back ends that a concentrator can read from. Default: two or more. */
  readonly backends?: 1 | undefined
  /** The variants of the target, and the claims of each that differ. */
  readonly variants?: Readonly<Partial<Record<Variant, Limits | undefined>>> | undefined
}

/** One configured back end of a target. */
export interface BackendSettings {
  /** `http://127.0.0.1:PORT/path` */
  readonly url: string
  readonly credentials?: { readonly username: string; readonly password: string } | undefined
  readonly httpHeaders?: Readonly<Record<string, string>> | undefined
}

export interface TargetSettings {
  readonly role: Role
  readonly backends: readonly BackendSettings[]
  readonly variant?: Variant | undefined
}

/** What a front in front of a target adds. References without it do not claim it. */
export const FRONT_CAPABILITIES: readonly Capability[] = ['tls', 'h2', 'h2c']

/** How a target ended that was not asked to. */
export interface TargetExit {
  /** `code 1`, `signal SIGSEGV` */
  readonly how: string
  /** The last lines that it printed. */
  readonly output: string
}

/** A part of a target that the suite may kill, as the end of its machine would, and start again. */
export interface TargetPart {
  kill(): Promise<void>
  /** Resolves when it can be used again. */
  start(): Promise<void>
}

/** One of the two fronts of a row. */
export interface RowFront {
  /** As `frontUrl` of the target. */
  readonly url: string
  /** Undefined: the suite cannot kill it. */
  readonly part?: TargetPart | undefined
}

/** Two fronts with one log. */
export interface TargetRow {
  /** The first one is the front of the target. */
  readonly fronts: readonly [RowFront, RowFront]
  /** Where the log is, if that is a program of its own and the suite may kill it. */
  readonly engine?: TargetPart | undefined
}

/** A running target. Its starter closes it. */
export interface RunningTarget {
  /** `http://127.0.0.1:PORT` or `https://127.0.0.1:PORT`, without a path. */
  readonly frontUrl: string
  readonly adminUrl?: string | undefined
  /**
   * Calls back once when the target exits although it was not closed. Undefined: its process cannot
   * be observed.
   */
  onExit?(exited: (exit: TargetExit) => void): void
  /** Kills one of the processes that serve clients. Rejects when there is none. */
  killWorker?(): Promise<void>
  /** Undefined: it has one front, or the suite does not know the other one. */
  readonly row?: TargetRow | undefined
  close(): Promise<void>
}

/**
 * Starts with a configuration file of the caller. `{frontPort}` and `{adminPort}` in it are filled
 * in.
 */
export interface FileStart {
  readonly text: string
  readonly environment?: Readonly<Record<string, string>> | undefined
}

/** Result of a start with a file: the target runs, or it exited with a message. */
export type FileOutcome =
  | { readonly kind: 'running'; readonly target: RunningTarget }
  | { readonly kind: 'refused'; readonly exitCode: number | null; readonly output: string }

/** How the certificate of a front with `https://` is checked. */
export interface Trust {
  /** PEM of the authorities that may have signed it. Left out: those of Node. */
  readonly ca?: string | undefined
  /** True: any certificate will do. */
  readonly insecure?: boolean | undefined
  /** The name that the certificate must have, also sent as SNI. Default: the host of the URL. */
  readonly serverName?: string | undefined
}

/** Starts one kind of target: a spawned product, a URL of the user, or a mutant in this process. */
export interface TargetDriver {
  readonly name: string
  readonly role: Role
  readonly claims: Claims
  /**
   * Path prefix of the stream, for a front that serves it under some paths only. Empty: every path.
   */
  readonly frontPath?: string | undefined
  /** How the certificate of its front is checked, if that is `https://`. */
  readonly trust?: Trust | undefined
  /** Ports for our origins when the user configured the target. Default: free ones. */
  readonly originPorts?: readonly number[] | undefined
  /** How many back ends its command names, so that it starts with no fewer. Default: 1. */
  readonly leastBackends?: 2 | undefined
  /** How long to wait for a target that is still being configured. Undefined: no wait. */
  readonly connectWithinMs?: number | undefined
  /** Called every few seconds with what the wait is for. */
  readonly onWaiting?: ((missing: string) => void) | undefined
  /**
   * Rejects when the target does not start. Several instances may run at once unless the origin
   * ports are fixed.
   */
  start(settings: TargetSettings): Promise<RunningTarget>
  /** Only for targets whose configuration file the suite can write. */
  startWithFile?(file: FileStart): Promise<FileOutcome>
}
