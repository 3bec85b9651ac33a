import { z } from 'zod'

/**
 * The document is cut, and the message around it is whole: its length is right. An event is cut,
 * and the stream ends after it [sse §9.2.6: it must not be dispatched].
 */
export const TRUNCATE = {
  /** Share of it that is left; 0.5 without `bytes`. */
  fraction: z.number().min(0).max(1).optional(),
  /** Bytes of it that are left. */
  bytes: z.int().min(0).max(1_000_000_000).optional(),
}

export interface Truncate {
  readonly fraction?: number | undefined
  readonly bytes?: number | undefined
}

/** A document as long as before ends whole; of an event its blank line at least is cut. */
export function truncated({ fraction = 0.5, bytes }: Truncate, whole: Buffer): Buffer {
  return whole.subarray(0, bytes ?? Math.floor(whole.length * fraction))
}
