import type { Socket } from 'node:net'

import type { BoundaryGuard } from '../boundary-guard.ts'
import type { Admission } from './admission.ts'

export interface RefusalsOptions {
  readonly admission: Admission
  readonly guard: BoundaryGuard
}

/** Refusals that are sent at the same time; further connections are closed without a response. */
const MOST_REFUSALS = 64
const REFUSAL =
  'HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'

/** The responses to clients above a limit. */
export class Refusals {
  readonly #options: RefusalsOptions
  /** Refusals that are being sent. */
  #count = 0

  constructor(options: RefusalsOptions) {
    this.#options = options
  }

  /**
   * Waits for the request before it responds: closing a socket with unread bytes would discard the
   * response. `open` calls back with the socket that carries the request.
   */
  afterRequest(socket: Socket, open: (onOpen: (carrier: Socket) => void) => void): void {
    if (this.#closes || this.#count >= MOST_REFUSALS) {
      socket.destroy()
      return
    }
    this.#count += 1
    socket.once('close', () => {
      this.#count -= 1
    })
    open((carrier) => {
      carrier.once('data', () => this.#guarded(carrier, () => carrier.end(REFUSAL)))
      // It is paused after a header of the PROXY protocol.
      carrier.resume()
    })
  }

  /** Responds to a request that has been read. */
  now(socket: Socket): void {
    if (this.#closes) socket.destroy()
    else socket.end(REFUSAL)
  }

  get #closes(): boolean {
    return this.#options.admission.limits.whenFull === 'close'
  }

  #guarded(socket: Socket, work: () => void): void {
    this.#options.guard.run('client', work, () => socket.destroy())
  }
}
