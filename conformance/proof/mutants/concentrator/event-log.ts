/** One frame of one back end, with the id that clients see. */
export interface Frame {
  readonly id: string
  readonly backend: number
  /** Without an id line, with the closing blank line. */
  readonly bytes: Buffer
}

export interface LogLimits {
  readonly maxFrames: number
  readonly maxBytes: number
  /** So many frames more are kept, and then evicted at once. Default: 0. */
  readonly spareFrames?: number | undefined
}

/** The newest frames in order of arrival. The oldest are evicted at a limit. */
export class EventLog {
  readonly #limits: LogLimits
  #frames: Frame[] = []
  #bytes = 0
  /**
   * The id of the newest evicted frame: a client with this id missed only frames that are in the
   * log.
   */
  #before: string

  /** `before` is the id before the first frame. */
  constructor(limits: LogLimits, before: string) {
    this.#limits = limits
    this.#before = before
  }

  /** The position of a client that has every frame. */
  get newestId(): string {
    return this.#frames.at(-1)?.id ?? this.#before
  }

  append(frame: Frame): void {
    this.#frames.push(frame)
    this.#bytes += frame.bytes.length
    const { maxFrames, maxBytes, spareFrames = 0 } = this.#limits
    const isFull = this.#frames.length > maxFrames + spareFrames || this.#bytes > maxBytes
    if (!isFull) return
    while (this.#frames.length > maxFrames || this.#bytes > maxBytes) {
      const oldest = this.#frames.shift()
      this.#bytes -= oldest?.bytes.length ?? 0
      this.#before = oldest?.id ?? this.#before
    }
  }

  /** Removes every frame. */
  clear(): void {
    this.#before = ''
    this.#frames = []
    this.#bytes = 0
  }

  /**
   * The frames after the one with this id, or undefined when the log does not reach back that far.
   */
  after(id: string): readonly Frame[] | undefined {
    const at = this.#frames.findLastIndex((frame) => frame.id === id)
    if (at >= 0) return this.#frames.slice(at + 1)
    return id === this.#before && id !== '' ? this.#frames : undefined
  }

  all(): readonly Frame[] {
    return this.#frames
  }
}
