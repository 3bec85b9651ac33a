import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

import { onceClosed } from './once-closed.ts'

/**
 * Limit of requests that wait on one connection behind the active one; Tomcat ends a connection
 * after 100.
 */
const MAX_PIPELINED_REQUESTS = 100

/** A parsed request whose handler has not been called yet. */
export interface PendingRequest {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly serve: () => void
}

const connections = new WeakMap<Socket, Connection>()

/**
 * Serves the requests of one connection one after the other, as Tomcat does. Node would call the
 * handlers of all pipelined requests at once and hold the responses in memory until the first one
 * ends.
 */
export class Connection {
  readonly #socket: Socket
  readonly #pending: PendingRequest[] = []
  #isBusy = false
  #isDiscarding = false
  #discarded = 0

  /** The connection that `socket` carries. */
  static of(socket: Socket): Connection {
    const connection = connections.get(socket) ?? new Connection(socket)
    connections.set(socket, connection)
    return connection
  }

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.once('close', () => {
      this.#pending.length = 0
    })
  }

  /** Serves a request when all earlier ones are done. Resets the connection when too many wait. */
  accept(pending: PendingRequest): void {
    // A chunk may hold further requests after the one whose handler closed the connection.
    if (this.#socket.destroyed) return
    if (!this.#isBusy) this.#serve(pending)
    else if (this.#pending.length + this.#discarded >= MAX_PIPELINED_REQUESTS)
      this.#socket.resetAndDestroy()
    else if (this.#isDiscarding) this.#discard(pending)
    else this.#pending.push(pending)
  }

  /**
   * For a response that never ends: reads later requests and ignores them. An unread body would
   * stop all reading from the socket, and the store would not notice that the client has
   * disconnected.
   */
  discardLaterRequests(): void {
    this.#isDiscarding = true
    for (const pending of this.#pending.splice(0)) this.#discard(pending)
  }

  #discard({ request }: PendingRequest): void {
    this.#discarded += 1
    request.resume()
  }

  #serve(pending: PendingRequest): void {
    this.#isBusy = true
    onceClosed(pending, () => {
      this.#isBusy = false
      const next = this.#socket.writable ? this.#pending.shift() : undefined
      if (next !== undefined) this.#serve(next)
    })
    pending.serve()
  }
}
