/**
 * A map that knows its oldest entry at once. With a plain `Map` that would take a new iterator for each look, which walks over
 * the places of all entries deleted before (linear-time.test.ts); here one iterator goes through the map for good.
 */
export class AgingMap<Value> {
  readonly #values = new Map<string, Value>()
  #entries = this.#values.entries()
  #oldest: readonly [key: string, value: Value] | undefined

  get size(): number {
    return this.#values.size
  }

  get(key: string): Value | undefined {
    return this.#values.get(key)
  }

  /** The entries, the oldest first. */
  entries(): Iterable<readonly [key: string, value: Value]> {
    return this.#values
  }

  /** Makes this the newest entry, also when the key was there; answers whether it was. */
  renew(key: string, value: Value): boolean {
    const wasThere = this.delete(key)
    this.#values.set(key, value)
    return wasThere
  }

  delete(key: string): boolean {
    if (key === this.#oldest?.[0]) this.#oldest = undefined
    return this.#values.delete(key)
  }

  get oldest(): readonly [key: string, value: Value] | undefined {
    if (this.#oldest !== undefined || this.size === 0) return this.#oldest
    let next = this.#entries.next()
    if (next.done === true) {
      // It came to the end of an empty map, and stays there.
      this.#entries = this.#values.entries()
      next = this.#entries.next()
    }
    this.#oldest = next.value
    return this.#oldest
  }
}
