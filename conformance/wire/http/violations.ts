const KEPT = 20

/** Violations of HTTP that a reader has seen: messages for the first ones, and the count of all. */
export class Violations {
  readonly #kept: string[] = []
  #count = 0

  readonly add = (what: string): void => {
    this.#count += 1
    if (this.#kept.length < KEPT) this.#kept.push(what)
  }

  get list(): readonly string[] {
    const more = this.#count - this.#kept.length
    return more === 0 ? this.#kept : [...this.#kept, `and ${more} more`]
  }
}
