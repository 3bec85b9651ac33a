/** Who opens the upstream connection: the target by itself, or each client's request. */
export type Role = 'concentrator' | 'gateway'

/** What a target may claim beyond its role. A check that needs a claim is skipped where the claim is missing. */
export const CAPABILITIES = [
  /** A client that returns with `Last-Event-ID` gets what it missed. */
  'replay',
  /** A named event says when replay is not exact. */
  'gap-event',
  /** Upstream connections are open before the first client comes, and stay when the last one leaves. */
  'standing-upstream',
  /** Configured credentials are sent to the back end. */
  'credentials',
  /** Configured request headers are sent to the back end, `Host` included. */
  'header-override',
  /** Idle clients get comments. */
  'heartbeat',
  'cors',
  'admin',
] as const

export type Capability = (typeof CAPABILITIES)[number]

/** What a target says of itself. Every claim is verified by the checks that need it. */
export interface Claims {
  readonly capabilities: readonly Capability[]
  /** How many back ends a concentrator can read from; two and more when nothing is claimed. */
  readonly backends?: 1 | undefined
  /** Longest wait before a lost back end is tried again, in milliseconds; 60 s when nothing is claimed. */
  readonly reconnectWithinMs?: number | undefined
  /** Longest silence before a client gets a comment, in milliseconds. */
  readonly heartbeatMs?: number | undefined
}

/** One back end that a target is told to read from. */
export interface BackendSettings {
  /** `http://127.0.0.1:PORT/path` */
  readonly url: string
  readonly credentials?: { readonly username: string; readonly password: string } | undefined
  readonly httpHeaders?: Readonly<Record<string, string>> | undefined
}

export interface TargetSettings {
  readonly role: Role
  readonly backends: readonly BackendSettings[]
}

/** A target that accepts connections. Whoever started it closes it. */
export interface RunningTarget {
  /** `http://127.0.0.1:PORT`, without a path. */
  readonly frontUrl: string
  readonly adminUrl?: string | undefined
  close(): Promise<void>
}

/** How to start one kind of target: a spawned product, a URL that the user started, a mutant in this process. */
export interface TargetDriver {
  readonly name: string
  readonly role: Role
  readonly claims: Claims
  /** Ports that our origins must listen on, for a target that the user configured; others take free ones. */
  readonly originPorts?: readonly number[] | undefined
  /** How long to wait for a target that somebody is still configuring; without it there is no such wait. */
  readonly connectWithinMs?: number | undefined
  /** Rejects when the target does not come up. Several instances may run at once unless the origin ports are fixed. */
  start(settings: TargetSettings): Promise<RunningTarget>
}
