import { encodeChunk } from '../sse/chunk.ts'
import type { BodyFraming, Subscriber } from './subscriber.ts'

/**
 * Visits to all subscribers per heartbeat interval, and over how many of these visits heartbeats
 * are spread.
 */
const VISITS_PER_HEARTBEAT = 16
const SPREAD_VISITS = 8
const FASTEST_VISIT_MS = 10
const SLOWEST_VISIT_MS = 1000

// [sse §9.2.7] A comment line keeps intermediaries from closing a silent connection. Without a
// blank line: several readers deliver an empty message for each one.
const HEARTBEAT = ':\n'

/** The bytes of a heartbeat. */
export const HEARTBEATS: Readonly<Record<BodyFraming, Buffer>> = {
  chunked: encodeChunk(HEARTBEAT),
  plain: Buffer.from(HEARTBEAT),
}

/** Decides when a subscriber gets a heartbeat. */
export class HeartbeatSchedule {
  readonly #heartbeatMs: number

  /** `heartbeatMs` = silence after which a client gets a comment; 0 = never. */
  constructor(heartbeatMs: number) {
    this.#heartbeatMs = heartbeatMs
  }

  /** Time between two visits to all subscribers. */
  get visitMs(): number {
    const heartbeatMs = this.#heartbeatMs
    const wantedMs = heartbeatMs === 0 ? SLOWEST_VISIT_MS : heartbeatMs / VISITS_PER_HEARTBEAT
    return Math.min(SLOWEST_VISIT_MS, Math.max(FASTEST_VISIT_MS, wantedMs))
  }

  /**
   * After an event all streams have been silent for the same time. The index spreads their
   * heartbeats.
   */
  isDue(subscriber: Subscriber, nowMs: number): boolean {
    if (this.#heartbeatMs === 0) return false
    const visitsEarly = 1 + (subscriber.index % SPREAD_VISITS)
    return nowMs - subscriber.lastWriteMs >= this.#heartbeatMs - visitsEarly * this.visitMs
  }
}
