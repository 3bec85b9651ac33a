import { randomBytes } from 'node:crypto'

/** One event as clients get it, without an id. */
export interface Entry {
  readonly sequence: number
  /** Index of its back end; -1: the ring's own event. */
  readonly backEnd: number
  readonly bytes: Buffer
}

/** Harmless differences. */
interface RingOptions {
  /** Evicts as many entries as it must hold at once, so that it holds up to twice as many. */
  readonly evictsInSegments?: boolean | undefined
  /** Before each id. */
  readonly idPrefix?: string | undefined
}

/**
 * A fixed number of slots, reused in turn. Readers pull entries by their sequence, and are woken by
 * each new one.
 */
export class EventRing {
  /** Filled in the order of their indices at first. */
  readonly #slots: Entry[] = []
  readonly #size: number
  readonly #sleepers = new Set<() => void>()
  /**
   * Differs from run to run, so that an id of an earlier run is never taken for one of this run.
   */
  readonly #epoch = randomBytes(4).toString('hex')
  readonly #capacity: number
  readonly #options: RingOptions
  #newest = 0
  #first = 1

  /** Holds as many entries as `capacity`. */
  constructor(capacity: number, options: RingOptions = {}) {
    this.#capacity = capacity
    this.#options = options
    this.#size = options.evictsInSegments === true ? 2 * capacity : capacity
  }

  /** Sequence of the newest entry; 0: none yet. */
  get newest(): number {
    return this.#newest
  }

  get oldest(): number {
    const evicted = Math.max(0, this.#newest - this.#capacity)
    const whole = this.#options.evictsInSegments === true ? evicted % this.#capacity : 0
    return Math.max(this.#first, evicted - whole + 1)
  }

  append(backEnd: number, bytes: Buffer): void {
    this.#newest += 1
    this.#slots[(this.#newest - 1) % this.#size] = { sequence: this.#newest, backEnd, bytes }
    for (const wake of this.#sleepers) wake()
  }

  /** Undefined when the entry is evicted or does not exist yet. */
  at(sequence: number): Entry | undefined {
    const entry = this.#slots[(sequence - 1) % this.#size]
    return entry?.sequence === sequence && sequence >= this.#first ? entry : undefined
  }

  /** Empties every slot. */
  clear(): void {
    this.#first = this.#newest + 1
  }

  /** Calls back after each new entry, until the returned function is called. */
  onEntry(wake: () => void): () => void {
    this.#sleepers.add(wake)
    return () => void this.#sleepers.delete(wake)
  }

  idOf(sequence: number): string {
    return `${this.#options.idPrefix ?? ''}${this.#epoch}.${sequence}`
  }

  /** The entry after the one with this id. Undefined: the ring cannot tell what was missed. */
  after(id: string): number | undefined {
    const { idPrefix = '' } = this.#options
    if (!id.startsWith(idPrefix)) return undefined
    const own = id.slice(idPrefix.length)
    const [, epoch, digits] = /^([\da-f]{8})\.(\d{1,15})$/.exec(own) ?? []
    const sequence = Number(digits)
    const isKnown = epoch === this.#epoch && sequence <= this.#newest
    return isKnown && sequence >= this.oldest - 1 ? sequence + 1 : undefined
  }
}
