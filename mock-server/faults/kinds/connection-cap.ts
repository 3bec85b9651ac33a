import type { Socket } from 'node:net'

import { z } from 'zod'

import type { StruckRequest } from '../struck-request.ts'
import { serveLater } from '../struck-request.ts'

/** Only so many connections at once are served, in the order of their first requests. */
export const CONNECTIONS = {
  /** Tomcat's limit, as the vendor's guide of the proxy has it. */
  max: z.int().min(0).max(1_000_000).default(200),
  /** What a further one gets: a reset, a 503 and the end, or nothing. */
  mode: z.enum(['refuse', '503', 'hang']).default('refuse'),
}

/** The connections that one fault admits. */
export class ConnectionCap {
  readonly #max: number
  readonly #admitted = new Set<Socket>()

  constructor(max: number) {
    this.#max = max
  }

  /** Whether this connection is one of those; it takes a free place. */
  admits(socket: Socket): boolean {
    if (this.#admitted.has(socket)) return true
    if (this.#admitted.size >= this.#max) return false
    this.#admitted.add(socket)
    socket.once('close', () => this.#admitted.delete(socket))
    return true
  }
}

export function refuseConnection(mode: 'refuse' | '503' | 'hang', struck: StruckRequest): void {
  switch (mode) {
    case 'refuse':
      struck.socket.resetAndDestroy()
      return
    case '503':
      struck.response
        .set({ Connection: 'close', 'Retry-After': '1' })
        .status(503)
        .type('text/plain')
      struck.response.send('there are too many connections\n')
      return
    case 'hang':
      serveLater(struck)
  }
}
