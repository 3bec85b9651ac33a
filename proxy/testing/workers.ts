import type { SpawnedProxy } from './spawn-proxy.ts'

/** Process ids of all workers started so far. */
export function workersOf({ stderr }: Pick<SpawnedProxy, 'stderr'>): readonly number[] {
  return [...stderr.matchAll(/"pid":(\d+),"msg":"worker started"/g)].map(([, pid]) => Number(pid))
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false // ESRCH: there is no such process.
  }
}
