/** What opens the upstream connection: the target by itself, or each client's request. */
export const ROLES = ['concentrator', 'gateway'] as const

export type Role = (typeof ROLES)[number]

/** What a target may claim beyond its role. A check that needs a claim is skipped where the claim is missing. */
export const CAPABILITIES = [
  /** A client that returns with `Last-Event-ID` gets what it missed. */
  'replay',
  /** A stream begins with an id of its place, before any event. */
  'early-id',
  /** A named event says when replay is not exact. */
  'gap-event',
  /** Fields that the standard gives no meaning, and the spelling of the others, pass as they are. */
  'verbatim',
  /** Upstream connections are open before the first client comes, and stay when the last one leaves. */
  'standing-upstream',
  /** Waits between attempts at a lost back end grow. */
  'growing-backoff',
  /** Configured credentials are sent to the back end. */
  'credentials',
  /** Configured request headers are sent to the back end, `Host` included. */
  'header-override',
  /** Idle clients get comments. */
  'heartbeat',
  'cors',
  'admin',
  /** Before a stop ends their streams, clients get a `retry` each, with different waits. */
  'spread-returns',
  /** It reads the vendor's configuration file. */
  'vendor-file',
] as const

export type Capability = (typeof CAPABILITIES)[number]

/**
 * Other settings under which some rules can be judged: `tight`, where every limit is small enough to be reached, and
 * `workers`, where at least two processes serve clients.
 */
export const VARIANTS = ['tight', 'workers'] as const

export type Variant = (typeof VARIANTS)[number]

/** Numbers that a target claims to keep. */
export interface Limits {
  /** Longest wait before a lost back end is tried again, in milliseconds; 60 s when nothing is claimed. */
  readonly reconnectWithinMs?: number | undefined
  /** Longest silence before a client gets a comment. */
  readonly heartbeatMs?: number | undefined
  /** How long a back end may take for its response head. */
  readonly headWithinMs?: number | undefined
  /** Silence after which the connection to a back end is replaced. */
  readonly silenceMs?: number | undefined
  /** How long a client may take for its request head. */
  readonly requestWithinMs?: number | undefined
  /** How long a client may take nothing of what is due before it is cut off. */
  readonly stallMs?: number | undefined
  /** Most clients at a time. */
  readonly maxClients?: number | undefined
  /** How many events the log holds. */
  readonly logEvents?: number | undefined
  /** Largest event of a back end. */
  readonly maxEventBytes?: number | undefined
}

/** What a target says of itself. Every claim is verified by the checks that need it. */
export interface Claims extends Limits {
  readonly capabilities: readonly Capability[]
  /** How many back ends a concentrator can read from; two and more when nothing is claimed. */
  readonly backends?: 1 | undefined
  /** The variants that exist, and what each claims otherwise. */
  readonly variants?: Readonly<Partial<Record<Variant, Limits | undefined>>> | undefined
}

/** One back end that a target is configured with. */
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

/** A target that accepts connections. The caller that started it closes it. */
export interface RunningTarget {
  /** `http://127.0.0.1:PORT`, without a path. */
  readonly frontUrl: string
  readonly adminUrl?: string | undefined
  /** Ends one of the processes that serve clients, without a warning. Rejects when there is none. */
  killWorker?(): Promise<void>
  close(): Promise<void>
}

/** A start with a configuration file of the caller's; `{frontPort}` and `{adminPort}` in it are filled in. */
export interface FileStart {
  readonly text: string
  readonly environment?: Readonly<Record<string, string>> | undefined
}

/** What a target made of its file: it runs, or it has ended by itself and said why. */
export type FileOutcome =
  | { readonly kind: 'running'; readonly target: RunningTarget }
  | { readonly kind: 'refused'; readonly exitCode: number | null; readonly output: string }

/** How to start one kind of target: a spawned product, a URL that the user started, a mutant in this process. */
export interface TargetDriver {
  readonly name: string
  readonly role: Role
  readonly claims: Claims
  /** Where the stream is, for a front that has it under some paths only; nothing: everywhere. */
  readonly frontPath?: string | undefined
  /** Ports that our origins must listen on, for a target that the user configured; others take free ones. */
  readonly originPorts?: readonly number[] | undefined
  /** How long to wait for a target that is still being configured; without it there is no such wait. */
  readonly connectWithinMs?: number | undefined
  /** Hears every few seconds what such a wait is for. */
  readonly onWaiting?: ((missing: string) => void) | undefined
  /** Rejects when the target does not come up. Several instances may run at once unless the origin ports are fixed. */
  start(settings: TargetSettings): Promise<RunningTarget>
  /** Only of targets that read a configuration file which the suite may write. */
  startWithFile?(file: FileStart): Promise<FileOutcome>
}
