import type { Socket } from 'node:net'

import type { StoreClock } from '../clock/store-clock.ts'
import type { SeededRandom } from '../seeded-random.ts'
import type { Lifetime } from './lifetime.ts'

/** One connection that a fault has struck. */
export interface StruckConnection {
  readonly socket: Socket
  readonly clock: StoreClock
  /** The fault, and the request or stream that it has struck: what they do ends with the first. */
  readonly lives: readonly Lifetime[]
  readonly random: SeededRandom
}

/**
 * Calls `undo` once: when the fault or what it has struck is over, after `ms`, or when the returned
 * function is called.
 */
export function lastFor(
  { clock, lives }: Pick<StruckConnection, 'clock' | 'lives'>,
  undo: () => void,
  ms?: number,
): () => void {
  let isOver = false
  const end = (): void => {
    if (isOver) return
    isOver = true
    for (const forget of forgets) forget()
    clock.clear(timer)
    undo()
  }
  const forgets: (() => void)[] = []
  const timer = ms === undefined ? undefined : clock.setTimeout(end, ms)
  for (const life of lives) forgets.push(life.add(end))
  return end
}
