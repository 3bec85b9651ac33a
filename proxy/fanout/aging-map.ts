/**
 * A map that finds its oldest entry in constant time. A new iterator of a plain `Map` steps over
 * the slots of all entries that were deleted before (linear-time.test.ts). Here one iterator is
 * kept and only ever advances.
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

  /** Makes this the newest entry. Returns whether the key was in the map before. */
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
      // An iterator that has reached the end of the map stays there.
      this.#entries = this.#values.entries()
      next = this.#entries.next()
    }
    this.#oldest = next.value
    return this.#oldest
  }
}
