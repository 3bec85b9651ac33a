import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { cpus, freemem } from 'node:os'
import { promisify } from 'node:util'

import { type Plan, RESERVED_FILES } from './plan.ts'

/** What one machine allows. undefined = it does not say. */
export interface Box {
  readonly filesPerProcess: number | undefined
  /** Local ports for connections from one source address to one destination. */
  readonly ports: number | undefined
  readonly freeBytes: number
  readonly cpus: number
}

/** Measured: a stream in k6 24 KB, in the proxy 4 to 12 KB, and a socket in the kernel 4.5 KB at each end. */
const BYTES_PER_STREAM = { fleet: 29_000, proxy: 17_000 }
const BASE_BYTES = 300_000_000
/** Opening, judging and serving this many streams keeps one core busy with little to spare. */
const STREAMS_PER_CPU = 10_000

/** Reads the limits of this machine; those of another one cannot be known. */
export async function readBox(): Promise<Box> {
  return {
    filesPerProcess: await readFileLimit(),
    ports: await readPortRange(),
    freeBytes: freemem(),
    cpus: cpus().length,
  }
}

/** What this machine lacks for the plan: one sentence each, with the numbers and the remedy. */
export function findShortages(plan: Plan, box: Box): readonly string[] {
  const { streams, processes, proxies, addresses } = plan
  const shortages: string[] = []
  const perProcess = Math.ceil(streams / processes)
  const files = perProcess + RESERVED_FILES
  if (box.filesPerProcess !== undefined && files > box.filesPerProcess) {
    shortages.push(
      `${perProcess} streams in one process need ${files} open files, the limit is ${box.filesPerProcess}: ` +
        `raise it (ulimit -Hn), or ask for more --processes, or for --streams ${(box.filesPerProcess - RESERVED_FILES) * processes}`,
    )
  }
  const sources = Math.max(1, addresses.length)
  const ports = box.ports === undefined ? undefined : box.ports * sources
  if (ports !== undefined && streams > ports) {
    shortages.push(
      `${streams} connections from ${sources} ${sources === 1 ? 'address' : 'addresses'} need as many local ports, ` +
        `there are ${ports}: give this machine more addresses and name them with --local-ips, or widen ` +
        `net.ipv4.ip_local_port_range, or ask for --streams ${ports}`,
    )
  }
  const perStream = BYTES_PER_STREAM.fleet + (proxies > 0 ? BYTES_PER_STREAM.proxy : 0)
  const bytes = BASE_BYTES + streams * perStream
  if (bytes > box.freeBytes) {
    const possible = Math.max(0, Math.floor((box.freeBytes - BASE_BYTES) / perStream))
    shortages.push(
      `${streams} streams need about ${megabytes(bytes)} MB of memory, ${megabytes(box.freeBytes)} MB are free: ` +
        `free some or ask for --streams ${possible}`,
    )
  }
  return shortages
}

/** What does not stop a run but has to be known for reading it. */
export function findWarnings({ streams }: Plan, box: Box): readonly string[] {
  if (streams <= box.cpus * STREAMS_PER_CPU) return []
  return [
    `${streams} streams on ${box.cpus} CPUs: counts hold, latencies are those of a machine that has no time to spare`,
  ]
}

async function readFileLimit(): Promise<number | undefined> {
  try {
    // Node and Go raise their own soft limit to the hard one.
    const { stdout } = await promisify(execFile)('sh', ['-c', 'ulimit -Hn'])
    const limit = Number(stdout)
    return Number.isInteger(limit) ? limit : undefined
  } catch {
    return undefined // No shell: the run itself will tell.
  }
}

async function readPortRange(): Promise<number | undefined> {
  try {
    const text = await readFile('/proc/sys/net/ipv4/ip_local_port_range', 'utf8')
    const [first = Number.NaN, last = Number.NaN] = text.trim().split(/\s+/).map(Number)
    return Number.isInteger(last - first) ? last - first + 1 : undefined
  } catch {
    return undefined // Not Linux: the run itself will tell.
  }
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1_000_000)
}
