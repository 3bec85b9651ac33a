import { setTimeout as pause } from 'node:timers/promises'

import { factsOf, PACKED_NUMBERS, packStream } from '../fanout/stream-state.ts'
import type { Subscriber } from '../fanout/subscriber.ts'
import type { ClientSide } from './client-side.ts'
import type { SendMove } from './moves.ts'

export interface LeavingClientsOptions {
  readonly clients: Pick<ClientSide, 'hub' | 'awaitingRequest' | 'stopAccepting'>
  readonly send: SendMove
  readonly nowMs: () => number
}

/** Clients that went to another process, and those that were asked to reconnect. */
export interface GoneClients {
  readonly moved: number
  readonly drained: number
}

/** Sockets under way: one at a time is acknowledged, further ones wait in this process. */
const WINDOW = 16
const ROWS_PER_MESSAGE = 2000
/** So many clients may come while others are copied; they are sent while the hub is frozen. */
const FEW = 50
const MOST_ROUNDS = 100
/** So many are closed, then comes a pause: the new process needs the processors for its first pass. */
const CLOSED_AT_ONCE = 256
const CLOSE_PAUSE_MS = 10
const LATE_MS = 20

/**
 * The clients of this process, which another one takes over. Copies of their sockets are sent while
 * this process still serves them. Where each client is in the log follows once the hub is frozen.
 */
export class LeavingClients {
  readonly #options: LeavingClientsOptions
  readonly #keys = new Map<Subscriber, number>()
  #moved: readonly Subscriber[] = []

  constructor(options: LeavingClientsOptions) {
    this.#options = options
  }

  /** Settles when the other process has the sockets of nearly all clients. */
  async copy(): Promise<void> {
    this.#hub.copy(true)
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      const fresh = this.#fresh()
      await this.#send(fresh)
      if (fresh.length < FEW) return
    }
  }

  /** Writes no more, and sends the last sockets and the places of all clients. */
  async freeze(): Promise<void> {
    const { send, nowMs } = this.#options
    this.#hub.freeze()
    await this.#send(this.#fresh().slice(0, FEW))
    const movable = [...this.#keys].filter(([one]) => this.#hub.canMove(one) && !one.isStalled)
    // A pass begins at the end of the list. The other process thus writes first to those that have
    // waited longest, because this one stopped in the middle of a pass.
    const entries = movable.toSorted(([one], [other]) => other.lastWriteMs - one.lastWriteMs)
    this.#moved = entries.map(([subscriber]) => subscriber)
    for (let first = 0; first < entries.length; first += ROWS_PER_MESSAGE) {
      const part = entries.slice(first, first + ROWS_PER_MESSAGE)
      const rows = new Float64Array(part.length * PACKED_NUMBERS)
      for (const [index, [subscriber, key]] of part.entries()) {
        rows.set(packStream(key, subscriber, nowMs()), index * PACKED_NUMBERS)
      }
      await send({ kind: 'rows', rows })
    }
  }

  /** These clients have not arrived: they stay here. */
  keep(keys: readonly number[]): void {
    const kept = new Set(keys)
    this.#moved = this.#moved.filter((one) => !kept.has(this.#keys.get(one) ?? -1))
  }

  /** The other process serves those that have arrived. This one asks all others to reconnect. */
  async go(): Promise<GoneClients> {
    this.#options.clients.stopAccepting()
    for (const [index, subscriber] of this.#moved.entries()) {
      if (index % CLOSED_AT_ONCE === CLOSED_AT_ONCE - 1) await pause(CLOSE_PAUSE_MS)
      this.#hub.release(subscriber)
    }
    return { moved: this.#moved.length, drained: this.#hub.endImmovable() }
  }

  /** This process serves all clients as before. */
  stay(isCommitted: boolean): void {
    if (isCommitted) this.release()
    this.#hub.copy(false)
    this.#hub.thaw()
  }

  /** The other process may have written to those that have moved: this one must not any more. */
  release(): void {
    for (const subscriber of this.#moved) this.#hub.release(subscriber)
  }

  /**
   * Moves clients that could not move before: those that had bytes to read first, and those whose
   * request came late. Settles when all are gone, or soon after `isOver`.
   */
  async finish(isOver: () => boolean): Promise<void> {
    const { clients, send, nowMs } = this.#options
    while (!isOver() && (this.#hub.size > 0 || clients.awaitingRequest > 0)) {
      for (const subscriber of this.#hub.streams) {
        if (this.#hub.canMove(subscriber) && !subscriber.isStalled) {
          const row = Float64Array.from(packStream(0, subscriber, nowMs()))
          const { socket } = subscriber
          await send({ kind: 'late', facts: factsOf(subscriber), row }, socket).catch(ignore)
          this.#hub.release(subscriber)
        }
      }
      await pause(LATE_MS)
    }
  }

  get #hub() {
    return this.#options.clients.hub
  }

  #fresh(): readonly Subscriber[] {
    return this.#hub.streams.filter((one) => !this.#keys.has(one) && this.#hub.canMove(one))
  }

  async #send(subscribers: readonly Subscriber[]): Promise<void> {
    for (let first = 0; first < subscribers.length; first += WINDOW) {
      const part = subscribers.slice(first, first + WINDOW)
      await Promise.all(part.map(async (subscriber) => await this.#sendOne(subscriber)))
    }
  }

  async #sendOne(subscriber: Subscriber): Promise<void> {
    if (!this.#hub.canMove(subscriber)) return
    const key = this.#keys.size
    this.#keys.set(subscriber, key)
    const { socket } = subscriber
    await this.#options.send({ kind: 'client', key, facts: factsOf(subscriber) }, socket)
  }
}

function ignore(): void {}
