/** Messages between a process that serves clients and the keeper of the limits of the whole proxy. */

/** What a place is counted under: a client's address, or `EVERY` for all clients. */
export type PlaceKey = string
export const EVERY: PlaceKey = '*'

/** Why a limit of the whole proxy leaves no place. */
type PlaceRefusal = 'full' | 'address'

/** What a process tells the keeper. */
export type ToKeeper =
  /** Wants one place under each of these keys; the ticket comes back with the answer. */
  | { readonly kind: 'ask-place'; readonly ticket: number; readonly keys: readonly PlaceKey[] }
  /** Has so many clients under a key, and from now on asks before it takes another one. */
  | { readonly kind: 'held'; readonly key: PlaceKey; readonly count: number }
  /** A client under a key that the keeper counts has left. */
  | { readonly kind: 'left'; readonly key: PlaceKey }

/** What the keeper tells a process. */
export type FromKeeper =
  | {
      readonly kind: 'place'
      readonly ticket: number
      /** undefined = it has the places. */
      readonly refusal: PlaceRefusal | undefined
    }
  /** The keeper counts this key from now on: say how many there are, and ask for each further one. */
  | { readonly kind: 'count'; readonly key: PlaceKey }
  /** Each process may fill its share again without asking. */
  | { readonly kind: 'stop-counting'; readonly key: PlaceKey }

/** What one of several processes may have of a limit without asking: together they cannot exceed it. */
export function shareOf(limit: number, processes: number): number {
  return Math.floor(limit / processes)
}
