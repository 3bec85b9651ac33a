import type { IncomingMessage, Server } from 'node:http'
import { Server as NetServer } from 'node:net'
import type { Socket } from 'node:net'

import type { FaultListener } from '../errors.ts'

/** How long to wait for a port that another program has taken meanwhile. */
const RETRY_MS = 100

/** The port of the store, which can be closed and taken again while all state stays. */
export class StorePort {
  readonly #onFault: FaultListener
  readonly #sockets = new Set<Socket>()
  /** Connections whose last request was for the control API. */
  readonly #controlled = new WeakSet<Socket>()
  #server: Server | undefined
  #address = { host: '', port: 0 }
  #retry: NodeJS.Timeout | undefined
  #isWanted = true
  #isOpening = false

  constructor(onFault: FaultListener) {
    this.#onFault = onFault
  }

  /** Call it before the server listens. */
  watch(server: Server): void {
    this.#server = server
    server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
    server.prependListener('request', ({ socket, url = '' }: IncomingMessage) => {
      if (url.includes('/__mock')) this.#controlled.add(socket)
      else this.#controlled.delete(socket)
    })
  }

  /** Where it listens, and listens again. */
  set address(address: { readonly host: string; readonly port: number }) {
    this.#address = address
  }

  /** Closes the port and resets its connections, but for those of the control API. */
  close(): void {
    this.#isWanted = false
    this.#stopListening()
    for (const socket of this.#sockets) if (!this.#controlled.has(socket)) socket.resetAndDestroy()
  }

  /** Takes the port again; it tries until it is free. */
  open(): void {
    this.#isWanted = true
    this.#listen()
  }

  #listen(): void {
    const server = this.#server
    if (server === undefined || server.listening || this.#isOpening || !this.#isWanted) return
    this.#isOpening = true
    const settled = (): void => {
      this.#isOpening = false
      server.removeListener('error', failed)
    }
    const failed = (error: unknown): void => {
      settled()
      this.#onFault(error)
      this.#retry = setTimeout(() => this.#listen(), RETRY_MS)
    }
    server.once('error', failed)
    server.listen(this.#address.port, this.#address.host, () => {
      settled()
      // It may have been closed meanwhile.
      if (!this.#isWanted) this.#stopListening()
    })
  }

  #stopListening(): void {
    // The method of the HTTP server would close idle connections of the control API, too.
    if (this.#server?.listening === true) NetServer.prototype.close.call(this.#server)
  }

  /** Takes the port no more. */
  stop(): void {
    clearTimeout(this.#retry)
    this.#isWanted = false
  }
}
