/** What the clients of a member get: a frame with its id, or a gap event. */
export type Delivered =
  | { readonly kind: 'frame'; readonly id: string; readonly backEnd: string; readonly text: string }
  | { readonly kind: 'gap' }

const EVENT = /^data: http:\/\/(\w+)\/(\d+)\n\n$/

/** Checks what one reader gets: each event of each back end once and in order, or a gap event. */
export class RowOracle {
  readonly #name: string
  readonly #fault: (text: string) => void
  /** Number of the last event by back end. */
  readonly #last = new Map<string, number>()
  /** Back ends whose next event may be any. */
  readonly #open = new Set<string>()
  #gaps = 0

  constructor(name: string, fault: (text: string) => void) {
    this.#name = name
    this.#fault = fault
  }

  /** Gap events that are not in the log: only this reader has missed something. */
  get gaps(): number {
    return this.#gaps
  }

  lastOf(backEnd: string): number {
    return this.#last.get(backEnd) ?? 0
  }

  take(delivered: Delivered): void {
    if (delivered.kind === 'gap') {
      this.#gaps += 1
      this.#gap([...this.#last.keys()])
      return
    }
    const { backEnd, text, id } = delivered
    const number = Number(EVENT.exec(text)?.[2] ?? 0)
    // The leader has lost events of this back end, and says so in the log.
    if (number === 0) {
      this.#gap([backEnd])
      return
    }
    const last = this.#last.get(backEnd)
    if (last !== undefined && number !== last + 1 && !this.#open.has(backEnd)) {
      this.#fault(`${this.#name}: ${backEnd} ${number} (${id}) after ${last}, without a gap event`)
    }
    this.#open.delete(backEnd)
    this.#last.set(backEnd, number)
  }

  #gap(backEnds: readonly string[]): void {
    for (const backEnd of backEnds) this.#open.add(backEnd)
  }
}

/** Checks that no id is ever given to two events, by one member or by two. */
export class IdOracle {
  readonly #events = new Map<string, string>()
  readonly #fault: (text: string) => void

  constructor(fault: (text: string) => void) {
    this.#fault = fault
  }

  take(id: string, text: string): void {
    const known = this.#events.get(id) ?? text
    if (known !== text) {
      this.#fault(`the id ${id} belongs to two events: ${JSON.stringify([known, text])}`)
    }
    this.#events.set(id, text)
  }
}
