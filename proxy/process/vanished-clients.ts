import { endsOf, type SocketEnds, type UnansweredSocket } from './socket-table.ts'

interface Suspect {
  readonly sinceMs: number
  readonly attempts: number
  readonly queuedBytes: number
}

/** Fewer attempts than this prove nothing: a packet may be lost twice. */
const FEWEST_ATTEMPTS = 3

/**
 * Finds clients that vanished without closing their connections: a pulled cable, a power failure, a
 * firewall that dropped its state. Such a client acknowledges nothing, while a slow one answers
 * window probes. Only suspects use memory.
 */
export class VanishedClients {
  readonly #goneMs: number
  #suspects = new Map<string, Suspect>()

  /** `goneMs` = time without any answer after which a client is gone. */
  constructor(goneMs: number) {
    this.#goneMs = goneMs
  }

  /** Whether a connection had no answer at the last look. */
  get hasSuspects(): boolean {
    return this.#suspects.size > 0
  }

  /**
   * Takes all connections without an answer now, and returns those that have had none for too long.
   */
  look(unanswered: Iterable<UnansweredSocket>, nowMs: number): readonly SocketEnds[] {
    const suspects = new Map<string, Suspect>()
    const gone: SocketEnds[] = []
    for (const socket of unanswered) {
      const { key, attempts, queuedBytes } = socket
      if (attempts === 0) continue
      const earlier = this.#suspects.get(key)
      // An answer resets the attempts, and acknowledged bytes leave the queue.
      const isSilent =
        earlier !== undefined && attempts >= earlier.attempts && queuedBytes >= earlier.queuedBytes
      const sinceMs = isSilent ? earlier.sinceMs : nowMs
      suspects.set(key, { sinceMs, attempts, queuedBytes })
      if (attempts >= FEWEST_ATTEMPTS && nowMs - sinceMs >= this.#goneMs) gone.push(endsOf(socket))
    }
    this.#suspects = suspects
    return gone
  }
}
