import type { Box } from './preflight.ts'

/** How a run is spread over processes and addresses. */
export interface Plan {
  readonly streams: number
  /** k6 processes; each has its segment of the parts. */
  readonly processes: number
  /** Virtual users over all processes; each runs one fleet. */
  readonly parts: number
  /** Proxies that are started for the clients; more than one get a parent, so that the store still sees one connection. */
  readonly proxies: number
  /** Processes of each proxy that is started. */
  readonly workers: number
  /** Source addresses for k6's `--local-ips`. */
  readonly addresses: readonly string[]
}

export interface PlanOptions {
  readonly streams: number
  /** Chosen by the user; undefined: as many as the limits ask for. */
  readonly processes: number | undefined
  readonly startsProxy: boolean
  /** How many proxies a scenario wants for its own sake. */
  readonly proxies: number
  /** Source addresses chosen by the user, as k6 reads them. */
  readonly localIps: string | undefined
  readonly isLoopback: boolean
}

/** Files that k6 or a proxy has open besides one socket for each stream. */
export const RESERVED_FILES = 300
/** A fleet this large opens and is judged by one virtual user without trouble; k6 gives each its source address. */
const STREAMS_PER_PART = 1_000
/** A kernel that has given away half of the ports of an address looks long for the next. */
const STREAMS_PER_ADDRESS = 10_000

/** Divides a run so that it stays below the limits of a process and of an address. */
export function planRun(options: PlanOptions, box: Box): Plan {
  const { streams, startsProxy, proxies, localIps, isLoopback } = options
  const perProcess = Math.max(1, (box.filesPerProcess ?? Number.POSITIVE_INFINITY) - RESERVED_FILES)
  const needed = Math.max(1, Math.ceil(streams / perProcess))
  const processes = options.processes ?? needed
  const parts = Math.max(
    processes,
    Math.ceil(streams / STREAMS_PER_PART),
    startsProxy ? proxies : 1,
  )
  // Equal segments: each process has as many parts as any other.
  const evenParts = Math.ceil(parts / processes) * processes
  const count = Math.ceil(streams / STREAMS_PER_ADDRESS)
  const loopback = Array.from({ length: count }, (_, index) => `127.0.0.${index + 1}`)
  return {
    streams,
    processes,
    parts: evenParts,
    proxies: startsProxy ? proxies : 0,
    workers: Math.max(1, Math.ceil(streams / proxies / perProcess)),
    addresses: localIps?.split(',') ?? (isLoopback && count > 1 ? loopback : []),
  }
}
