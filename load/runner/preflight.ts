import { type HostLimits, RESERVED_FILES } from './host-limits.ts'
import type { Plan } from './plan.ts'
import { counted } from '../report/counted.ts'

/**
 * Measured: a stream takes 24 KB in k6, 4 to 12 KB in the proxy, and a socket 4.5 KB in the kernel
 * at each end.
 */
const BYTES_PER_STREAM = { fleet: 29_000, proxy: 17_000 }
const BASE_BYTES = 300_000_000
/** Opening, judging and serving this many streams keeps one core almost fully busy. */
const STREAMS_PER_CPU = 10_000

/**
 * Limits of this machine that the plan exceeds: one sentence each, with the numbers and the remedy.
 */
export function findShortages(plan: Plan, limits: HostLimits): readonly string[] {
  const { streams, processes, proxies, addresses } = plan
  const shortages: string[] = []
  const perProcess = Math.ceil(streams / processes)
  const files = perProcess + RESERVED_FILES
  if (limits.filesPerProcess !== undefined && files > limits.filesPerProcess) {
    shortages.push(
      `${counted(perProcess, 'stream')} in one process need ${files} open files, the limit is ${limits.filesPerProcess}: ` +
        `raise it (ulimit -Hn), or use more --processes, or at most --streams ${(limits.filesPerProcess - RESERVED_FILES) * processes}`,
    )
  }
  const sources = Math.max(1, addresses.length)
  const ports = limits.ports === undefined ? undefined : limits.ports * sources
  if (ports !== undefined && streams > ports) {
    shortages.push(
      `${streams} connections from ${counted(sources, 'address', 'addresses')} need as many local ports, ` +
        `there are ${ports}: give this machine more addresses and name them with --local-ips, or widen ` +
        `net.ipv4.ip_local_port_range, or use at most --streams ${ports}`,
    )
  }
  const perStream = BYTES_PER_STREAM.fleet + (proxies > 0 ? BYTES_PER_STREAM.proxy : 0)
  const bytes = BASE_BYTES + streams * perStream
  if (bytes > limits.freeBytes) {
    const possible = Math.max(0, Math.floor((limits.freeBytes - BASE_BYTES) / perStream))
    shortages.push(
      `${counted(streams, 'stream')} need about ${megabytes(bytes)} MB of memory, ${megabytes(limits.freeBytes)} MB are free: ` +
        `free some, or use at most --streams ${possible}`,
    )
  }
  return shortages
}

/** Conditions that do not prevent a run but affect its results. */
export function findWarnings({ streams }: Plan, limits: HostLimits): readonly string[] {
  if (streams <= limits.cpus * STREAMS_PER_CPU) return []
  return [
    `${counted(streams, 'stream')} on ${counted(limits.cpus, 'CPU')}: counts are valid, latencies are those of a busy machine`,
  ]
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1_000_000)
}
