const MOST_NOTES = 1000

/** Notes in the order in which they were made: the first 1,000, and the count of all. */
export class NoteList {
  #count = 0
  readonly #first: string[] = []

  get count(): number {
    return this.#count
  }

  get first(): readonly string[] {
    return this.#first
  }

  add(note: string): void {
    this.#count += 1
    if (this.#first.length < MOST_NOTES) this.#first.push(note)
  }
}
