import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { freemem } from 'node:os'
import { promisify } from 'node:util'

/** What one machine allows. undefined = it does not say. */
export interface Box {
  readonly filesPerProcess: number | undefined
  /** Local ports for connections from one source address to one destination. */
  readonly ports: number | undefined
  readonly freeBytes: number
}

/** What a run needs of the machine it runs on. */
export interface Need {
  readonly streams: number
  /** Whether the proxy runs here too. */
  readonly hasProxy: boolean
}

/** Files that k6 or a proxy has open besides one socket for each stream. */
const RESERVED_FILES = 200
/** Measured: a stream in k6 24 KB, in the proxy 4 to 12 KB, and a socket in the kernel 4.5 KB at each end. */
const BYTES_PER_STREAM = { fleet: 29_000, proxy: 17_000 }
const BASE_BYTES = 300_000_000

/** Reads the limits of this machine; those of another one cannot be known. */
export async function readBox(): Promise<Box> {
  return {
    filesPerProcess: await readFileLimit(),
    ports: await readPortRange(),
    freeBytes: freemem(),
  }
}

/** What this machine lacks for the run: one sentence each, with the numbers and the remedy. */
export function findShortages({ streams, hasProxy }: Need, box: Box): readonly string[] {
  const shortages: string[] = []
  const files = streams + RESERVED_FILES
  if (box.filesPerProcess !== undefined && files > box.filesPerProcess) {
    shortages.push(
      `${streams} streams in one process need ${files} open files, the limit is ${box.filesPerProcess}: ` +
        `raise it (ulimit -Hn) or ask for --streams ${box.filesPerProcess - RESERVED_FILES}`,
    )
  }
  if (box.ports !== undefined && streams > box.ports) {
    shortages.push(
      `${streams} connections from one address need as many local ports, there are ${box.ports}: ` +
        `widen net.ipv4.ip_local_port_range or ask for --streams ${box.ports}`,
    )
  }
  const perStream = BYTES_PER_STREAM.fleet + (hasProxy ? BYTES_PER_STREAM.proxy : 0)
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
