import { type HostLimits, RESERVED_FILES } from './host-limits.ts'

/** Division of a run over processes and addresses. */
export interface Plan {
  readonly streams: number
  /** k6 processes; each has its segment of the shards. */
  readonly processes: number
  /** Virtual users of all processes; each runs one fleet. */
  readonly shards: number
  /**
   * Proxies started for the clients. Several get a parent, so that the store still has one
   * connection.
   */
  readonly proxies: number
  /** Processes of each proxy that is started. */
  readonly workers: number
  /** Source addresses for k6's `--local-ips`. */
  readonly addresses: readonly string[]
}

export interface PlanOptions {
  readonly streams: number
  /** Chosen by the user; undefined = as many as the limits require. */
  readonly processes: number | undefined
  readonly startsProxy: boolean
  /** How many proxies the scenario needs. */
  readonly proxies: number
  /** Source addresses chosen by the user, as k6 reads them. */
  readonly localIps: string | undefined
  readonly isLoopback: boolean
}

/** Streams per virtual user. k6 gives each virtual user one source address. */
const STREAMS_PER_SHARD = 1_000
/** The kernel searches long for a free port once half of an address's ports are taken. */
const STREAMS_PER_ADDRESS = 10_000

/** Divides a run so that it stays within the limits of a process and of an address. */
export function planRun(options: PlanOptions, limits: HostLimits): Plan {
  const { streams, startsProxy, proxies, localIps, isLoopback } = options
  const perProcess = Math.max(
    1,
    (limits.filesPerProcess ?? Number.POSITIVE_INFINITY) - RESERVED_FILES,
  )
  const needed = Math.max(1, Math.ceil(streams / perProcess))
  const processes = options.processes ?? needed
  const shards = Math.max(
    processes,
    Math.ceil(streams / STREAMS_PER_SHARD),
    startsProxy ? proxies : 1,
  )
  // Segments are equal: each process has the same number of shards.
  const evenShards = Math.ceil(shards / processes) * processes
  const count = Math.ceil(streams / STREAMS_PER_ADDRESS)
  const loopback = Array.from({ length: count }, (_, index) => `127.0.0.${index + 1}`)
  return {
    streams,
    processes,
    shards: evenShards,
    proxies: startsProxy ? proxies : 0,
    workers: Math.max(1, Math.ceil(streams / proxies / perProcess)),
    addresses: localIps?.split(',') ?? (isLoopback && count > 1 ? loopback : []),
  }
}
