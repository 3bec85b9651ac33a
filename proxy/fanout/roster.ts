import { setImmediate as nextTurn } from 'node:timers/promises'

import type { Subscriber } from './subscriber.ts'

// A slice of a pass: some 2 ms of writes, and never much more however large they are (bench: proxy).
const SLICE_SOCKETS = 256
const SLICE_MS = 5
const SOCKETS_PER_CLOCK_LOOK = 16

/** All subscribers, in no order. They come and go in constant time, also while they are being visited. */
export class Roster {
  readonly #subscribers: Subscriber[] = []

  get size(): number {
    return this.#subscribers.length
  }

  all(): readonly Subscriber[] {
    return [...this.#subscribers]
  }

  add(subscriber: Subscriber): void {
    subscriber.index = this.#subscribers.push(subscriber) - 1
  }

  remove(subscriber: Subscriber): void {
    const last = this.#subscribers.pop()
    if (last === undefined || last === subscriber) return
    last.index = subscriber.index
    this.#subscribers[subscriber.index] = last
  }

  /**
   * Visits everyone who was there at the start and has not left, in slices, so that accepts, health checks and back ends
   * never wait for 28,000 writes. `beforeSlice` is called before each.
   *
   * From the last to the first: a removal puts the last subscriber in the place of the one that left, and that one has been
   * visited or is new. So nobody is missed, but some may be visited twice.
   */
  async visit(visit: (subscriber: Subscriber) => void, beforeSlice: () => void): Promise<void> {
    let index = this.#subscribers.length - 1
    while (index >= 0) {
      const sliceEnd = index - SLICE_SOCKETS
      const startedMs = performance.now()
      beforeSlice()
      while (index >= 0 && index > sliceEnd) {
        const subscriber = this.#subscribers[index]
        if (subscriber !== undefined) visit(subscriber)
        index -= 1
        const isTimeToLook = index % SOCKETS_PER_CLOCK_LOOK === 0
        if (isTimeToLook && performance.now() - startedMs > SLICE_MS) break
      }
      if (index >= 0) await nextTurn()
    }
  }
}
