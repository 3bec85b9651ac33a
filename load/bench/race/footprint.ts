import { readFile } from 'node:fs/promises'

import { readTree, treeOf } from '../../process/process-tree.ts'

/** What a server has taken of the machine up to now. */
export interface Footprint {
  /** Of its processes; a page that several share counts once. */
  readonly residentBytes: number
  /** Of the whole kernel: sockets of both ends, stacks of threads, page tables. */
  readonly kernelBytes: number
  readonly cpuMs: number
}

export async function footprintOf(pid: number): Promise<Footprint> {
  const shares = await Promise.all((await treeOf(pid)).map(proportionalBytes))
  return {
    residentBytes: shares.reduce((sum, bytes) => sum + bytes, 0),
    kernelBytes: kilobytes(await readFile('/proc/meminfo', 'utf8'), KERNEL) * 1024,
    cpuMs: (await readTree(pid))?.cpuMs ?? 0,
  }
}

const KERNEL = ['Slab', 'KernelStack', 'PageTables']

async function proportionalBytes(pid: number): Promise<number> {
  // A process may end while others are looked at, and then it has nothing.
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '')
  return kilobytes(text, ['Pss']) * 1024
}

function kilobytes(text: string, names: readonly string[]): number {
  const values = names.map((name) => new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1])
  return values.reduce((sum, value) => sum + Number(value ?? 0), 0)
}
