import type { Load } from './load-report.ts'

/** What one worker has, and whether it accepts clients. */
export interface WorkerLoad extends Load {
  readonly isListening: boolean
}

/** How many clients more than the others a worker may have before it accepts no more: some, or a part of all. */
const AHEAD = 4
const AHEAD_PART = 1 / 32

/**
 * Who is to accept clients. The system hands each new one to any of the workers that listen, so one that is ahead of the
 * others, or full, rests until they have caught up. At least one listens: when all are full they say so to whoever comes.
 */
export function whoListens(loads: readonly WorkerLoad[]): readonly boolean[] {
  const withRoom = loads.filter(({ isFull }) => !isFull)
  if (withRoom.length === 0) return loads.map(() => true)
  const fewest = Math.min(...withRoom.map(({ clients }) => clients))
  const mostAhead = Math.max(AHEAD, fewest * AHEAD_PART)
  return loads.map(({ clients, isFull, isListening }) => {
    // Half of it to come back, or the two would change places with every client.
    const ahead = isListening ? mostAhead : mostAhead / 2
    return !isFull && clients - fewest <= ahead
  })
}
