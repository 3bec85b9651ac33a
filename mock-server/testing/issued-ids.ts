/** Every id and ETag that a store issued, with what it identified. */
export class IssuedIds {
  readonly #meanings = new Map<string, string>()

  /** Throws when the id was issued before for something else. */
  note(id: string, meaning: string): void {
    const before = this.#meanings.get(id) ?? meaning
    demand(before === meaning, `${id} was ${before}, and is ${meaning}`)
    this.#meanings.set(id, meaning)
  }
}

/** Fails a test without `expect`, which is slow in a model. */
export function demand(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise)
}
