import { setImmediate as nextTurn } from 'node:timers/promises'

import type { Subscriber } from './subscriber.ts'

// A slice of a pass: some 2 ms of writes, and never much more however large they are (bench:
// proxy).
const SLICE_SOCKETS = 256
const SLICE_MS = 5
const SOCKETS_PER_CLOCK_LOOK = 16

/**
 * All subscribers, in no order. Adding and removing one takes constant time, also during a visit.
 */
export class SubscriberList {
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
   * Visits all subscribers that were in the list at the start and have not been removed. Works in
   * slices, so that accepts, health checks and back ends never wait for 28,000 writes.
   * `beforeSlice` is called before each slice.
   *
   * The order is from the last to the first. A removal moves the last subscriber to the free index,
   * and that subscriber has been visited or is new. So no subscriber is missed, but some may be
   * visited twice.
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
