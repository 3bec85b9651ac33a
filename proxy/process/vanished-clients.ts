import { endsOf, type SocketEnds, type UnansweredSocket } from './socket-table.ts'

interface Suspect {
  readonly sinceMs: number
  readonly attempts: number
  readonly queuedBytes: number
}

/** Fewer attempts than this are no proof: a packet may be lost twice. */
const FEWEST_ATTEMPTS = 3

/**
 * Finds clients that are gone without a word: the cable was pulled, the machine lost its power, a firewall forgot the connection. Such
 * a client acknowledges nothing at all, while a slow one answers the kernel's questions for room. Memory is for suspects only.
 */
export class VanishedClients {
  readonly #goneMs: number
  #suspects = new Map<string, Suspect>()

  /** `goneMs` = time without any answer after which a client is gone. */
  constructor(goneMs: number) {
    this.#goneMs = goneMs
  }

  /** Takes all connections that are unanswered now, and gives those that have been so for too long. */
  look(unanswered: Iterable<UnansweredSocket>, nowMs: number): readonly SocketEnds[] {
    const suspects = new Map<string, Suspect>()
    const gone: SocketEnds[] = []
    for (const socket of unanswered) {
      const { key, attempts, queuedBytes } = socket
      if (attempts === 0) continue
      const earlier = this.#suspects.get(key)
      // An answer sets the attempts back, and what it acknowledges leaves the queue.
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
