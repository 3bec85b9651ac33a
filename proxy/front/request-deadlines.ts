import type { Socket } from 'node:net'

import type { BoundaryGuard } from '../boundary-guard.ts'

export interface RequestDeadlinesOptions {
  /** How long a connection may take until its stream begins, or until it is closed. */
  readonly headMs: number
  /** The same for a connection on which no byte moves; 0 = no such limit. */
  readonly idleMs: number
  readonly guard: BoundaryGuard
  readonly nowMs: () => number
}

const CHECK_MS = 250

/**
 * [protocol §5.15] Closes connections whose request head does not end, and those that stay open
 * after a response. One timer checks all. Owns it until `close`.
 */
export class RequestDeadlines {
  readonly #options: RequestDeadlinesOptions
  /** Connections without a stream, oldest first, and the times of their acceptance. */
  readonly #sinceMs = new Map<Socket, number>()
  readonly #check: NodeJS.Timeout

  constructor(options: RequestDeadlinesOptions) {
    this.#options = options
    this.#check = setInterval(() => {
      options.guard.run('timer', () => this.#closeLate())
    }, CHECK_MS)
  }

  /** Connections without a stream. */
  get size(): number {
    return this.#sinceMs.size
  }

  /** A connection was accepted. */
  add(socket: Socket): void {
    this.#sinceMs.set(socket, this.#options.nowMs())
  }

  /** Its stream has begun, or it is closed. */
  delete(socket: Socket): void {
    this.#sinceMs.delete(socket)
  }

  /** Closes all connections that wait. */
  close(): void {
    clearInterval(this.#check)
    for (const socket of this.#sinceMs.keys()) socket.destroy()
  }

  #closeLate(): void {
    const { headMs, idleMs, nowMs } = this.#options
    const latest = nowMs() - (idleMs === 0 ? headMs : Math.min(headMs, idleMs))
    for (const [socket, sinceMs] of this.#sinceMs) {
      if (sinceMs > latest) return
      socket.destroy()
    }
  }
}
