import type { Load } from './load-report.ts'

/** The load of one worker, and whether it accepts clients. */
export interface WorkerLoad extends Load {
  readonly isListening: boolean
}

/**
 * How many clients more than the others a worker may have before it stops accepting: some, or a
 * part of all.
 */
const AHEAD = 4
const AHEAD_PART = 1 / 32

/**
 * Chooses the workers that accept clients. The system gives each new client to any worker that
 * listens. So a worker that is full, or ahead of the others, stops accepting until they have caught
 * up. At least one always listens: when all are full they refuse each new client with a response.
 */
export function chooseListeners(loads: readonly WorkerLoad[]): readonly boolean[] {
  const withRoom = loads.filter(({ isFull }) => !isFull)
  if (withRoom.length === 0) return loads.map(() => true)
  const fewest = Math.min(...withRoom.map(({ clients }) => clients))
  const mostAhead = Math.max(AHEAD, fewest * AHEAD_PART)
  return loads.map(({ clients, isFull, isListening }) => {
    // A worker that stopped accepting starts again at half of it. Otherwise two workers would
    // alternate with every client.
    const ahead = isListening ? mostAhead : mostAhead / 2
    return !isFull && clients - fewest <= ahead
  })
}
