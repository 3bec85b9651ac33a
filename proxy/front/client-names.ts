import type { Socket } from 'node:net'

/** Connections of trusted proxies whose request has not named its client yet. */
const MOST_UNNAMED = 8192

/** Addresses of clients, where they are not those of their connections. */
export class ClientNames {
  readonly #named = new WeakMap<Socket, string>()
  /** Connections of trusted proxies, and their addresses, until the request names the client. */
  readonly #unnamed = new Map<Socket, string>()

  /** Address of the client, as far as it is known. */
  addressOf(socket: Socket): string {
    return this.#named.get(socket) ?? socket.remoteAddress ?? '-'
  }

  name(socket: Socket, address: string): void {
    if (address !== socket.remoteAddress) this.#named.set(socket, address)
  }

  /** The request will name the client. Returns false when too many connections wait for theirs. */
  awaitName(socket: Socket, peer: string): boolean {
    if (this.#unnamed.size >= MOST_UNNAMED) return false
    this.#unnamed.set(socket, peer)
    return true
  }

  /** Address of the trusted proxy whose request names the client now; undefined for all others. */
  takePeer(socket: Socket): string | undefined {
    const peer = this.#unnamed.get(socket)
    this.#unnamed.delete(socket)
    return peer
  }

  forget(socket: Socket): void {
    this.#unnamed.delete(socket)
  }

  /** What is known of a connection is true of the TLS connection on it. */
  move(from: Socket, to: Socket): void {
    const peer = this.takePeer(from)
    if (peer !== undefined) this.#unnamed.set(to, peer)
    const name = this.#named.get(from)
    if (name !== undefined) this.#named.set(to, name)
  }
}
