/** One frame of one back end under the id that clients know it by. */
export interface Frame {
  readonly id: string
  readonly backend: number
  /** Without an id line, with the closing blank line. */
  readonly bytes: Buffer
}

export interface LogLimits {
  readonly maxFrames: number
  readonly maxBytes: number
}

const LIMITS: LogLimits = { maxFrames: 50_000, maxBytes: 128 * 1024 * 1024 }

/** The newest frames in the order in which they came; the oldest leave when a limit is reached. */
export class EventLog {
  readonly #limits: LogLimits
  #frames: Frame[] = []
  #bytes = 0

  constructor(limits: LogLimits = LIMITS) {
    this.#limits = limits
  }

  append(frame: Frame): void {
    this.#frames.push(frame)
    this.#bytes += frame.bytes.length
    while (this.#frames.length > this.#limits.maxFrames || this.#bytes > this.#limits.maxBytes) {
      this.#bytes -= this.#frames.shift()?.bytes.length ?? 0
    }
  }

  /** What came after the frame with this id, or undefined when the log does not hold that frame. */
  after(id: string): readonly Frame[] | undefined {
    const at = this.#frames.findLastIndex((frame) => frame.id === id)
    return at < 0 ? undefined : this.#frames.slice(at + 1)
  }

  all(): readonly Frame[] {
    return this.#frames
  }
}
