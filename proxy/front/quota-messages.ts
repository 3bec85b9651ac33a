/** Messages between a process that serves clients and the connection quota of the whole proxy. */

/** What a slot is counted under: a client's address, or `ALL_CLIENTS`. */
export type QuotaKey = string
export const ALL_CLIENTS: QuotaKey = '*'

/** Which limit of the whole proxy has no free slot: `maxConnections` or `maxPerAddress`. */
type SlotRefusal = 'full' | 'address'

/** From a process to the quota. */
export type ToQuota =
  /** Requests one slot under each of these keys. The answer repeats `requestId`. */
  | {
      readonly kind: 'request-slot'
      readonly requestId: number
      readonly keys: readonly QuotaKey[]
    }
  /**
   * Reports its clients under a key. From now on the process requests a slot for each further one.
   */
  | { readonly kind: 'held'; readonly key: QuotaKey; readonly count: number }
  /**
   * A client under a key that is counted, or should be, has come from another process, which had
   * accepted it.
   */
  | { readonly kind: 'came'; readonly key: QuotaKey }
  /** A client under a counted key has left. */
  | { readonly kind: 'left'; readonly key: QuotaKey }

/** From the quota to a process. */
export type FromQuota =
  | {
      readonly kind: 'slot'
      readonly requestId: number
      /** undefined = the slots are granted. */
      readonly refusal: SlotRefusal | undefined
    }
  /** The quota counts this key from now on. The process answers with `held`. */
  | { readonly kind: 'count'; readonly key: QuotaKey }
  /** Each process may fill its share again without requests. */
  | { readonly kind: 'stop-counting'; readonly key: QuotaKey }

/**
 * The part of a limit that each process may use without requests. Together the processes cannot
 * exceed the limit.
 */
export function shareOf(limit: number, processes: number): number {
  return Math.floor(limit / processes)
}
