import { createHash } from 'node:crypto'

/** Further frames are not compared: a frame on both connections is then forwarded twice. */
const MAX_FRAMES = 10_000

/** One of two connections to the same back end. */
export type Side = 'old' | 'new'

/**
 * Merges the frames of two connections to the same back end while one replaces the other. A frame
 * that arrives on both is forwarded once.
 */
export class FrameOverlap {
  /** How often a frame arrived on each side, by the hash of its bytes. */
  readonly #counts = new Map<string, Record<Side, number>>()

  /** Whether a frame of this side is the first of its pair. */
  isNew(side: Side, frame: Buffer): boolean {
    if (this.#counts.size > MAX_FRAMES) return true
    const key = createHash('sha256').update(frame).digest('base64')
    const counts = this.#counts.get(key) ?? { old: 0, new: 0 }
    const forwarded = Math.max(counts.old, counts.new)
    counts[side] += 1
    this.#counts.set(key, counts)
    return counts[side] > forwarded
  }
}
