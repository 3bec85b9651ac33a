import { Socket } from 'node:net'

import { PACKED_NUMBERS, type StreamFacts } from '../fanout/stream-state.ts'
import type { ClientSide } from './client-side.ts'
import type { Move } from './moves.ts'

interface Client {
  readonly socket: Socket
  readonly facts: StreamFacts
}

/** Clients of another process, which this one takes over. Until `commit` it writes nothing to them. */
export class ArrivingClients {
  readonly #clients: ClientSide
  readonly #sockets = new Map<number, Client>()
  readonly #rows: Float64Array[] = []

  constructor(clients: ClientSide) {
    this.#clients = clients
  }

  /** Returns whether that was a client which is served from now on. */
  take(move: Move, socket: unknown): boolean {
    switch (move.kind) {
      case 'client':
        if (isSocket(socket)) this.#sockets.set(move.key, { socket, facts: move.facts })
        return false
      case 'rows':
        this.#rows.push(move.rows)
        return false
      default:
        if (!isSocket(socket)) return false
        this.#clients.count(socket, move.facts)
        this.#clients.adopt(socket, move.facts, move.row)
        return true
    }
  }

  /**
   * Counts the clients in the limits, before others connect. Returns those whose sockets have not
   * arrived: the kernel drops a socket for which this process has no file left.
   */
  prepare(): readonly number[] {
    const missing: number[] = []
    for (const row of this.#eachRow()) {
      const key = row[0] ?? -1
      const client = this.#sockets.get(key)
      if (client === undefined) missing.push(key)
      else this.#clients.count(client.socket, client.facts)
    }
    return missing
  }

  /** Serves the clients. Returns their number. */
  commit(): number {
    let moved = 0
    for (const row of this.#eachRow()) {
      const key = row[0] ?? -1
      const client = this.#sockets.get(key)
      if (client === undefined) continue
      this.#sockets.delete(key)
      this.#clients.adopt(client.socket, client.facts, row)
      moved += 1
    }
    // They have left, or the process before serves them for a little longer.
    for (const { socket } of this.#sockets.values()) socket.destroy()
    this.#sockets.clear()
    this.#rows.length = 0
    return moved
  }

  *#eachRow(): Generator<Float64Array> {
    for (const rows of this.#rows) {
      for (let at = 0; at < rows.length; at += PACKED_NUMBERS) {
        yield rows.subarray(at, at + PACKED_NUMBERS)
      }
    }
  }
}

/** The error of a socket is always followed by its end. */
function isSocket(value: unknown): value is Socket {
  if (!(value instanceof Socket)) return false
  value.on('error', ignore)
  return true
}

function ignore(): void {}
