import { idOf } from '../sse/frame.ts'
import { AgingMap } from './aging-map.ts'

/** Who names the events, and how a name leads back to its place in the log. Frames are numbered from 1. */
export interface EventIds {
  /** Line to put before a frame; empty when the frame brings its own. */
  readonly lineFor: (number: number) => string
  /** Takes note of a frame that is in the log. */
  readonly note: (number: number, frame: Buffer) => void
  /** Frames below this number are no longer in the log. */
  readonly forgetBelow: (number: number) => void
  /** Id of a client that has seen everything up to this frame; undefined when it has none. */
  readonly idAt: (number: number) => string | undefined
  /** Number of the frame of this name; undefined when the name is none of ours. */
  readonly numberOf: (id: string) => number | undefined
}

/**
 * The proxy's own ids: `EPOCH-NUMBER`, opaque to clients, increasing. The epoch is unlike that of any other process, so
 * that an id of another run or another proxy is never taken for one of ours [protocol §5.7].
 */
export class OwnIds implements EventIds {
  readonly #epoch: string

  constructor(epoch: string) {
    this.#epoch = epoch
  }

  lineFor(number: number): string {
    return `id: ${this.idAt(number)}\n`
  }

  note(): void {}

  forgetBelow(): void {}

  idAt(number: number): string {
    return `${this.#epoch}-${number}`
  }

  numberOf(id: string): number | undefined {
    const prefix = `${this.#epoch}-`
    if (!id.startsWith(prefix)) return undefined
    const digits = id.slice(prefix.length)
    return /^(0|[1-9][0-9]{0,14})$/.test(digits) ? Number(digits) : undefined
  }
}

/**
 * The ids of the one back end, as they came: the same on every proxy behind it, so that a client may resume on any. A
 * frame without an id belongs to the one before, as it does for a client [sse §9.2.6].
 */
export class UpstreamIds implements EventIds {
  /** Frame of each id, oldest first. */
  readonly #numbers = new AgingMap<number>()
  #newest: string | undefined

  lineFor(): string {
    return ''
  }

  note(number: number, frame: Buffer): void {
    const id = idOf(frame)
    if (id === undefined) return
    this.#newest = id === '' ? undefined : id
    // An id that comes again stands for its last place.
    if (id !== '') this.#numbers.renew(id, number)
  }

  forgetBelow(number: number): void {
    // What follows the frame just before the oldest is still all there.
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
