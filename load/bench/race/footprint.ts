import { readFile } from 'node:fs/promises'

import { readTree, treeOf } from '../../process/process-tree.ts'

/** Resources that a server has used so far. */
export interface Footprint {
  /** Memory of its processes; a page shared by several counts once. */
  readonly residentBytes: number
  /** Memory of the whole kernel: sockets of both ends, thread stacks, page tables. */
  readonly kernelBytes: number
  readonly cpuMs: number
}

/** Footprint of these processes and their descendants. */
export async function footprintOf(pids: readonly number[]): Promise<Footprint> {
  const trees = await Promise.all(pids.map((pid) => treeOf(pid)))
  const shares = await Promise.all(trees.flat().map(proportionalBytes))
  const usages = await Promise.all(pids.map((pid) => readTree(pid)))
  return {
    residentBytes: shares.reduce((sum, bytes) => sum + bytes, 0),
    kernelBytes: kilobytes(await readFile('/proc/meminfo', 'utf8'), KERNEL) * 1024,
    cpuMs: usages.reduce((sum, usage) => sum + (usage?.cpuMs ?? 0), 0),
  }
}

const KERNEL = ['Slab', 'KernelStack', 'PageTables']

async function proportionalBytes(pid: number): Promise<number> {
  // A process may exit while others are read. It then counts as 0.
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '')
  return kilobytes(text, ['Pss']) * 1024
}

function kilobytes(text: string, names: readonly string[]): number {
  return text
    .split('\n')
    .map((line) => line.split(':', 2))
    .filter(([name = '']) => names.includes(name))
    .reduce((sum, [, value = '']) => sum + Number.parseInt(value, 10), 0)
}
