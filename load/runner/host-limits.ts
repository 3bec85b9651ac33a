import { readFile } from 'node:fs/promises'
import { cpus, freemem } from 'node:os'

import { execa } from 'execa'

/** Limits of this machine. undefined = the system does not report it. */
export interface HostLimits {
  readonly filesPerProcess: number | undefined
  /** Local ports for connections from one source address to one destination. */
  readonly ports: number | undefined
  readonly freeBytes: number
  readonly cpus: number
}

/** Open files of k6 or a proxy besides one socket for each stream. */
export const RESERVED_FILES = 300

export async function readHostLimits(): Promise<HostLimits> {
  return {
    filesPerProcess: await readFileLimit(),
    ports: await readPortRange(),
    freeBytes: freemem(),
    cpus: cpus().length,
  }
}

async function readFileLimit(): Promise<number | undefined> {
  try {
    // Node and Go raise their own soft limit to the hard one.
    const { stdout } = await execa('sh', ['-c', 'ulimit -Hn'])
    const limit = Number(stdout)
    return Number.isInteger(limit) ? limit : undefined
  } catch {
    return undefined // No shell: the run itself will meet the limit.
  }
}

async function readPortRange(): Promise<number | undefined> {
  try {
    const text = await readFile('/proc/sys/net/ipv4/ip_local_port_range', 'utf8')
    const [first = Number.NaN, last = Number.NaN] = text.trim().split(/\s+/).map(Number)
    return Number.isInteger(last - first) ? last - first + 1 : undefined
  } catch {
    return undefined // Not Linux: the run itself will meet the limit.
  }
}
