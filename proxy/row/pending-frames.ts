import type { NewEntry } from './engine.ts'

const MAX_BYTES = 16_777_216
const MAX_FRAMES = 50_000
const BATCH_FRAMES = 200
const BATCH_BYTES = 1_048_576

/** Frames of one back end that the engine has not acknowledged. */
export class PendingFrames {
  #entries: NewEntry[] = []
  #bytes = 0

  get size(): number {
    return this.#entries.length
  }

  get isFull(): boolean {
    return this.#bytes > MAX_BYTES || this.#entries.length > MAX_FRAMES
  }

  add(entry: NewEntry): void {
    this.#entries.push(entry)
    this.#bytes += entry.frame.length
  }

  /** The oldest frames, as many as one append carries. */
  batch(): readonly NewEntry[] {
    let bytes = 0
    const end = this.#entries.findIndex(({ frame }, index) => {
      bytes += frame.length
      return index > 0 && (index === BATCH_FRAMES || bytes > BATCH_BYTES)
    })
    return this.#entries.slice(0, end === -1 ? undefined : end)
  }

  /** The log has the frames up to this one. */
  acknowledge(sequence: number): void {
    const next = this.#entries.findIndex((entry) => entry.sequence > sequence)
    const done = this.#entries.splice(0, next === -1 ? this.#entries.length : next)
    for (const { frame } of done) this.#bytes -= frame.length
  }

  clear(): void {
    this.#entries = []
    this.#bytes = 0
  }
}
