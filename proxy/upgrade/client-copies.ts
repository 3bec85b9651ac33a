import type { Hub } from '../fanout/hub.ts'
import { factsOf, PACKED_NUMBERS, packStream } from '../fanout/stream-state.ts'
import type { Subscriber } from '../fanout/subscriber.ts'
import type { SuccessorProcess } from './successor-process.ts'

export interface ClientCopiesOptions {
  readonly hub: Hub
  readonly successor: SuccessorProcess
  readonly until: AbortSignal
  readonly nowMs: () => number
}

/** Sockets under way: one at a time is acknowledged, further ones wait in this process. */
const WINDOW = 16
const ROWS_PER_MESSAGE = 2000
/** So many clients may come while others are copied; they are sent while the hub is frozen. */
const FEW = 50
const MOST_ROUNDS = 100

/**
 * Sends copies of the sockets of clients to a new process, while this one still serves them. Where
 * each client is in the log follows once the hub is frozen.
 */
export class ClientCopies {
  readonly #options: ClientCopiesOptions
  readonly #keys = new Map<Subscriber, number>()
  #moved: readonly Subscriber[] = []

  constructor(options: ClientCopiesOptions) {
    this.#options = options
  }

  /** Clients whose rows were sent. */
  get moved(): readonly Subscriber[] {
    return this.#moved
  }

  /** Settles when the new process has the sockets of nearly all clients. */
  async sendMost(): Promise<void> {
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      const fresh = this.#fresh()
      await this.#send(fresh)
      if (fresh.length < FEW) return
    }
  }

  /** While the hub is frozen: sends the last sockets, and the places of all clients. */
  async sendRows(): Promise<void> {
    const { hub, successor, until, nowMs } = this.#options
    await this.#send(this.#fresh().slice(0, FEW))
    const entries = [...this.#keys].filter(([one]) => hub.canMove(one) && !one.isStalled)
    this.#moved = entries.map(([subscriber]) => subscriber)
    for (let first = 0; first < entries.length; first += ROWS_PER_MESSAGE) {
      const part = entries.slice(first, first + ROWS_PER_MESSAGE)
      const rows = new Float64Array(part.length * PACKED_NUMBERS)
      for (const [index, [subscriber, key]] of part.entries()) {
        rows.set(packStream(key, subscriber, nowMs()), index * PACKED_NUMBERS)
      }
      await successor.send({ kind: 'rows', rows }, until)
    }
  }

  /** These clients have not arrived: they stay here. */
  keep(keys: readonly number[]): void {
    const kept = new Set(keys)
    this.#moved = this.#moved.filter((one) => !kept.has(this.#keys.get(one) ?? -1))
  }

  #fresh(): readonly Subscriber[] {
    const { hub } = this.#options
    return hub.streams.filter((one) => !this.#keys.has(one) && hub.canMove(one))
  }

  async #send(subscribers: readonly Subscriber[]): Promise<void> {
    for (let first = 0; first < subscribers.length; first += WINDOW) {
      const part = subscribers.slice(first, first + WINDOW)
      await Promise.all(part.map(async (subscriber) => await this.#sendOne(subscriber)))
    }
  }

  async #sendOne(subscriber: Subscriber): Promise<void> {
    const { hub, successor, until } = this.#options
    if (!hub.canMove(subscriber)) return
    const key = this.#keys.size
    this.#keys.set(subscriber, key)
    const message = { kind: 'client', key, facts: factsOf(subscriber) } as const
    await successor.send(message, until, subscriber.socket)
  }
}
