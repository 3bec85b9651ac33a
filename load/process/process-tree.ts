import { readFile } from 'node:fs/promises'

/** Resources of a process and its descendants: a proxy with workers counts as one. */
export interface TreeUsage {
  readonly residentBytes: number
  readonly cpuMs: number
}

/** Ticks per second of /proc/PID/stat: 100 on every Linux that Node runs on. */
const TICKS_PER_S = 100

/** undefined = the process has ended, or there is no /proc. */
export async function readTree(pid: number): Promise<TreeUsage | undefined> {
  const all = await Promise.all((await treeOf(pid)).map((id) => read(id)))
  const alive = all.filter((usage) => usage !== undefined)
  if (alive.length === 0) return undefined
  return {
    residentBytes: alive.reduce((sum, { residentBytes }) => sum + residentBytes, 0),
    cpuMs: alive.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
  }
}

/** A process and its descendants. */
export async function treeOf(pid: number): Promise<readonly number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
  const children = text.split(' ').filter(Boolean).map(Number)
  const below = await Promise.all(children.map((child) => treeOf(child)))
  return [pid, ...below.flat()]
}

async function read(pid: number): Promise<TreeUsage | undefined> {
  try {
    const [status, stat] = await Promise.all([
      readFile(`/proc/${pid}/status`, 'utf8'),
      readFile(`/proc/${pid}/stat`, 'utf8'),
    ])
    const kilobytes = Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0)
    // The name of a process may contain spaces and brackets; fields count from after it. utime and
    // stime are fields 14 and 15.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const ticks = Number(fields[11] ?? 0) + Number(fields[12] ?? 0)
    return { residentBytes: kilobytes * 1024, cpuMs: (ticks * 1000) / TICKS_PER_S }
  } catch {
    return undefined
  }
}
