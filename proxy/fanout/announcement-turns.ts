/** One client per this time, so that the store can answer the polls that follow. */
const PACE_MS = 2

/** When clients that missed events are announced the change logs again: one after the other, so that they do not all poll together. */
export class AnnouncementTurns {
  readonly #spreadMs: number
  #lastMs = 0

  /** `spreadMs` = longest wait; a crowd too large for it begins anew with those who come first. */
  constructor(spreadMs: number) {
    this.#spreadMs = spreadMs
  }

  /** The turn of a client that comes at this time: at once, when nobody came just before. */
  next(nowMs: number): number {
    const turnMs = Math.max(this.#lastMs + PACE_MS, nowMs)
    this.#lastMs = turnMs - nowMs > this.#spreadMs ? nowMs : turnMs
    return this.#lastMs
  }
}
