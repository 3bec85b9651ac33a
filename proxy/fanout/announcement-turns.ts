/** Time between two clients, so that the store can answer the polls that follow. */
const PACE_MS = 2

/**
 * Schedules the announcements to clients that missed events: one after the other, so that clients
 * do not all poll at once.
 */
export class AnnouncementTurns {
  readonly #spreadMs: number
  #lastMs = 0

  /**
   * `spreadMs` = longest wait. When more clients come than fit in it, the schedule starts again at
   * the present.
   */
  constructor(spreadMs: number) {
    this.#spreadMs = spreadMs
  }

  /**
   * The time of the announcement to a client that arrives now. It is now when no other client
   * arrived just before.
   */
  next(nowMs: number): number {
    const turnMs = Math.max(this.#lastMs + PACE_MS, nowMs)
    this.#lastMs = turnMs - nowMs > this.#spreadMs ? nowMs : turnMs
    return this.#lastMs
  }
}
