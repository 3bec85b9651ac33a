import { AgingMap } from './aging-map.ts'

/** Assigns ids to events, and finds the frame of an id. Frames are numbered from 1. */
export interface EventIds {
  /** The id line to put before a frame; empty when the frame has its own. */
  readonly lineFor: (number: number) => string
  /** Records the id of a frame in the log. */
  readonly note: (number: number, id: string | undefined) => void
  /** Frames below this number are no longer in the log. */
  readonly forgetBelow: (number: number) => void
  /**
   * The last event id of a client that has all frames up to this one; undefined when there is none.
   */
  readonly idAt: (number: number) => string | undefined
  /** Number of the frame with this id; undefined when the id is unknown. */
  readonly numberOf: (id: string) => number | undefined
}

/**
 * The proxy's own ids: `EPOCH-NUMBER`, opaque to clients, increasing. Each run of a proxy has an
 * epoch of its own, so that an id of another run or another proxy is unknown here [protocol §5.7].
 */
export class OwnIds implements EventIds {
  readonly #epoch: string
  readonly #predecessor: string | undefined

  /**
   * `predecessor` = the last id of the run before: a client that has it has missed nothing before
   * the first event of this run. Until then it is the last id of this run, too, so that a client
   * resumes also after several restarts.
   */
  constructor(epoch: string, predecessor?: string) {
    this.#epoch = epoch
    this.#predecessor = predecessor
  }

  lineFor(number: number): string {
    return `id: ${this.idAt(number)}\n`
  }

  note(): void {}

  forgetBelow(): void {}

  idAt(number: number): string {
    if (number === 0 && this.#predecessor !== undefined) return this.#predecessor
    return `${this.#epoch}-${number}`
  }

  numberOf(id: string): number | undefined {
    if (id === this.#predecessor) return 0
    const prefix = `${this.#epoch}-`
    if (!id.startsWith(prefix)) return undefined
    const digits = id.slice(prefix.length)
    return /^(0|[1-9][0-9]{0,14})$/.test(digits) ? Number(digits) : undefined
  }
}

/**
 * The ids of the only back end, unchanged. They are the same on every proxy of that back end, so
 * that a client can resume on any of them. A frame without an id keeps the id of the frame before
 * it, as in a client [sse §9.2.6].
 */
export class UpstreamIds implements EventIds {
  /** Frame of each id, oldest first. */
  readonly #numbers = new AgingMap<number>()
  #newest: string | undefined

  lineFor(): string {
    return ''
  }

  note(number: number, id: string | undefined): void {
    if (id === undefined) return
    this.#newest = id === '' ? undefined : id
    // An id that repeats refers to its last frame.
    if (id !== '') this.#numbers.renew(id, number)
  }

  forgetBelow(number: number): void {
    // All frames after the one just before the oldest are still in the log.
    for (;;) {
      const { oldest } = this.#numbers
      if (oldest === undefined || oldest[1] >= number - 1) return
      this.#numbers.delete(oldest[0])
    }
  }

  idAt(number: number): string | undefined {
    const newest = this.#newest
    if (newest === undefined) return undefined
    return (this.#numbers.get(newest) ?? 0) <= number ? newest : undefined
  }

  numberOf(id: string): number | undefined {
    return this.#numbers.get(id)
  }
}
