import type { Limits } from './target.ts'

/** How long a target may take to reconnect to a back end when it claims nothing. */
export const LONGEST_RECONNECT_MS = 60_000

/** The longest wait of a target before it reconnects to a lost back end. */
export function reconnectMsOf({ reconnectWithinMs }: Limits): number {
  return reconnectWithinMs ?? LONGEST_RECONNECT_MS
}
