import type { HandshakeTrouble } from './tls-acceptor.ts'

/** A failed handshake that is to be logged. */
export interface HandshakeFailure {
  readonly trouble: HandshakeTrouble
  readonly address: string
  readonly detail: string
  /** Failures that were counted but not logged before this one. */
  readonly notLogged: number
}

export type HandshakeCounts = Readonly<Record<HandshakeTrouble, number>>

const LOG_EVERY_MS = 10_000
const MOST_DETAIL = 200

/** Counts failed handshakes of one process, and logs some: scanners cause many. */
export class HandshakeReport {
  readonly #log: (failure: HandshakeFailure) => void
  readonly #nowMs: () => number
  readonly #counts = { timeout: 0, closed: 0, certificate: 0, protocol: 0 }
  #loggedMs = Number.NEGATIVE_INFINITY
  #notLogged = 0

  constructor(log: (failure: HandshakeFailure) => void, nowMs: () => number) {
    this.#log = log
    this.#nowMs = nowMs
  }

  get counts(): HandshakeCounts {
    return this.#counts
  }

  add(trouble: HandshakeTrouble, address: string, detail: string): void {
    this.#counts[trouble] += 1
    const nowMs = this.#nowMs()
    if (nowMs - this.#loggedMs < LOG_EVERY_MS) {
      this.#notLogged += 1
      return
    }
    this.#loggedMs = nowMs
    const notLogged = this.#notLogged
    this.#notLogged = 0
    this.#log({ trouble, address, detail: detail.trim().slice(0, MOST_DETAIL), notLogged })
  }
}
