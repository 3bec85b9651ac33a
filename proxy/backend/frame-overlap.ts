import { createHash } from 'node:crypto'

/** Frames of a flood are not compared: what comes on both then comes twice. */
const MOST_FRAMES = 10_000

/** One of two connections to the same back end. */
export type Side = 'old' | 'new'

/**
 * Joins the frames of two connections to the same back end that are open at the same time, while one takes the place of
 * the other: a frame that comes on both is forwarded once.
 */
export class FrameOverlap {
  /** By the hash of the frame's bytes: how often it came on each side. */
  readonly #counts = new Map<string, Record<Side, number>>()

  /** Whether a frame of this side is the first of its pair. */
  isNew(side: Side, frame: Buffer): boolean {
    if (this.#counts.size > MOST_FRAMES) return true
    const key = createHash('sha256').update(frame).digest('base64')
    const counts = this.#counts.get(key) ?? { old: 0, new: 0 }
    const forwarded = Math.max(counts.old, counts.new)
    counts[side] += 1
    this.#counts.set(key, counts)
    return counts[side] > forwarded
  }
}
