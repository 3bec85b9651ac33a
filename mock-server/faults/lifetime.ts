/** Something that ends once, such as a fault or a stream, and what has to be undone then. */
export class Lifetime {
  readonly #undos = new Set<() => void>()
  #isOver = false

  get isOver(): boolean {
    return this.#isOver
  }

  /** Calls `undo` at the end, or at once when it is over. Returns a function that takes it back. */
  add(undo: () => void): () => void {
    if (this.#isOver) {
      undo()
      return () => {}
    }
    this.#undos.add(undo)
    return () => this.#undos.delete(undo)
  }

  end(): void {
    if (this.#isOver) return
    this.#isOver = true
    for (const undo of this.#undos) undo()
    this.#undos.clear()
  }
}
