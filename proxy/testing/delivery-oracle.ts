import { numberedOf, type Told } from './numbered-events.ts'
import type { ReadEvent } from './reference-reader.ts'

interface Seen {
  /**
   * Number of the last event without a URL; before the first one, of the last event that the client
   * cannot miss.
   */
  last: number
  hasBegun: boolean
  /** Whether a gap event has arrived since then. */
  hasGap: boolean
  /** How often each change log was announced. */
  readonly pointers: Map<number, number>
}

/**
 * Checks what one client has received, with any number of reconnects [protocol §5.8, §5.9]: each
 * event of each back end once and in order, or a gap event; and each change log at least once, in
 * order or announced again after a gap.
 */
export class DeliveryOracle {
  readonly #first: ReadonlyMap<string, number>
  readonly #seen: ReadonlyMap<string, Seen>
  readonly #faults: string[] = []
  #gaps = 0

  /** The number of each back end's last event before the client connected. */
  constructor(first: ReadonlyMap<string, number>) {
    this.#first = first
    this.#seen = new Map(
      [...first].map(([name, last]) => [
        name,
        { last, hasBegun: false, hasGap: false, pointers: new Map() },
      ]),
    )
  }

  get gaps(): number {
    return this.#gaps
  }

  /** Whether the client has received everything up to the back end's last event. */
  isUpTo(name: string, { last, pointers }: Told): boolean {
    const seen = this.#seen.get(name)
    const pointer = pointers.at(-1) ?? 0
    const isAnnounced = pointer <= (this.#first.get(name) ?? 0) || seen?.pointers.has(pointer)
    return seen?.last === last && isAnnounced === true
  }

  take({ type, data }: ReadEvent): void {
    if (type === 'sse-proxy-gap') {
      this.#gaps += 1
      for (const seen of this.#seen.values()) seen.hasGap = true
      return
    }
    const event = numberedOf(data)
    const seen = event === undefined ? undefined : this.#seen.get(event.name)
    if (event === undefined || seen === undefined) this.#fault(`an event of no back end: ${data}`)
    else if (event.kind === 'text') this.#takeText(event.name, event.number, seen)
    else this.#takePointer(event.name, event.number, seen)
  }

  /** The faults, after everything that was sent has had time to arrive. */
  faults(told: ReadonlyMap<string, Told>): readonly string[] {
    const missing = [...told].flatMap(([name, { pointers }]) => {
      const after = this.#first.get(name) ?? 0
      return pointers
        .filter((number) => number > after && !this.#seen.get(name)?.pointers.has(number))
        .map((number) => `the change log ${name} ${number} was never announced`)
    })
    return [...this.#faults, ...missing]
  }

  #takeText(name: string, number: number, seen: Seen): void {
    // A new client may start a little earlier: at the position of its worker.
    if (!seen.hasBegun) seen.last = Math.min(seen.last, number - 1)
    seen.hasBegun = true
    if (number <= seen.last) this.#fault(`${name} ${number} after ${name} ${seen.last}`)
    if (number > seen.last + 1 && !seen.hasGap)
      this.#fault(`${name} ${number} after ${name} ${seen.last} without a gap told`)
    seen.last = Math.max(seen.last, number)
    seen.hasGap = false
  }

  /**
   * In order, it follows the event of its number. It may be repeated after a gap, and once more
   * during the recovery from an outage whose gap event the client did not get. The same is true for
   * one from before the client connected.
   */
  #takePointer(name: string, number: number, seen: Seen): void {
    const times = (seen.pointers.get(number) ?? 0) + 1
    seen.pointers.set(number, times)
    const isOfItsTime = seen.hasBegun && number > (this.#first.get(name) ?? 0)
    if (times > (isOfItsTime ? 1 : 2) + 2 * this.#gaps)
      this.#fault(`the change log ${name} ${number} announced ${times} times, gaps: ${this.#gaps}`)
    if (this.#gaps === 0 && isOfItsTime && number !== seen.last)
      this.#fault(`the change log ${name} ${number} announced after ${name} ${seen.last}`)
  }

  #fault(text: string): void {
    this.#faults.push(text)
  }
}
