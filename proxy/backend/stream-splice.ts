import { createHash } from 'node:crypto'

/** Most frames of each side that are compared, and held. */
const MOST_FRAMES = 4096

interface Held {
  readonly key: string
  readonly bytes: Buffer
}

/**
 * Joins two connections to one back end, of which the later one replaces the earlier one, so that
 * each event comes once, in order. Until the earlier one has ended, its frames are passed on and
 * those of the later one are held. Then the beginning of the later stream is found in the earlier
 * one: what the earlier one has not sent is new.
 *
 *     earlier   … a b c d e
 *     later           c d e f g …      f and everything after it is new
 *
 * Both have the same order, so the neighbours of events with the same bytes distinguish them. Only
 * equal events in a row may be taken for one.
 */
export class StreamSplice {
  readonly #earlier: string[] = []
  /** Frames of the later connection that are neither known to be new nor known to be old. */
  #held: Held[] = []
  /** Places in the earlier stream where the later one may begin; undefined = it has not ended. */
  #places: readonly number[] | undefined
  /** How many frames of the later stream surely were the end of the earlier one. */
  #common = 0
  #compared = 0
  #isJoined = false

  /** Whether each further frame of the later connection is new. */
  get isJoined(): boolean {
    return this.#isJoined
  }

  /** Whether the later connection cannot wait any longer for the end of the earlier one. */
  get isFull(): boolean {
    return this.#held.length >= MOST_FRAMES
  }

  /** A frame of the earlier connection, which the caller passes on. */
  addEarlier(frame: Buffer): void {
    this.#earlier.push(keyOf(frame))
    if (this.#earlier.length > MOST_FRAMES) this.#earlier.shift()
  }

  /** A frame of the later connection. Returns those that are new now. */
  addLater(frame: Buffer): readonly Buffer[] {
    if (this.#isJoined) return [frame]
    this.#held.push({ key: keyOf(frame), bytes: Buffer.from(frame) })
    if (this.isFull) return this.join()
    return this.#places === undefined ? [] : this.#compare()
  }

  /** The earlier connection has sent everything. Returns the frames that are new now. */
  endEarlier(): readonly Buffer[] {
    if (this.#places !== undefined || this.#isJoined) return []
    this.#places = [...this.#earlier.keys()]
    return this.#compare()
  }

  /** The later connection has sent all that the earlier one had. Returns what is new. */
  join(): readonly Buffer[] {
    if (this.#isJoined) return []
    this.#isJoined = true
    const fresh = this.#held.slice(this.#common)
    this.#held = []
    return fresh.map(({ bytes }) => bytes)
  }

  #compare(): readonly Buffer[] {
    for (const { key } of this.#held.slice(this.#compared)) {
      const fitting = (this.#places ?? []).filter(
        (place) => this.#earlier[place + this.#compared] === key,
      )
      if (fitting.length === 0) return this.join()
      this.#compared += 1
      this.#places = fitting
      const reachesEnd = fitting.some((place) => place + this.#compared === this.#earlier.length)
      if (reachesEnd) this.#common = this.#compared
    }
    return []
  }
}

function keyOf(frame: Buffer): string {
  return createHash('sha256').update(frame).digest('base64')
}
