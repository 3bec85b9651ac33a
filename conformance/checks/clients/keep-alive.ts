import type { Rig } from '../../rig/rig.ts'

/** Writes a comment on each stream of the target, so that none is silent for too long. */
export function keepAlive(t: Rig): void {
  for (const { stream } of t.backends) stream?.write(':\n')
}
