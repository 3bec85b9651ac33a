export interface LossNoticeOptions {
  /** How long a connection has to stand before clients are told what was lost before it. */
  readonly settleMs: number
  /** Clients are told now. */
  readonly onDue: () => void
  readonly nowMs: () => number
}

/** Clients are told once in this time at most while no connection lasts, and they do not wait longer for it. */
const LOSS_NOTICE_MS = 60_000

/**
 * When clients are told that events of one back end were lost: once per recovery, when a connection has settled. A back
 * end that answers and ends at once causes no notice for each attempt. One that never settles causes one per minute, since
 * events are lost all the same.
 */
export class LossNotice {
  readonly #options: LossNoticeOptions
  /** When the oldest loss happened that clients have not been told of. */
  #lostMs: number | undefined
  /** When clients were told last in this recovery. */
  #toldMs: number | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(options: LossNoticeOptions) {
    this.#options = options
  }

  /** Whether clients have not been told of a loss yet. */
  get isPending(): boolean {
    return this.#lostMs !== undefined
  }

  /** Events may be lost from now on. */
  lose(): void {
    this.#lostMs ??= this.#options.nowMs()
  }

  /** A connection is open: tells clients when it has settled. */
  open(): void {
    if (this.#lostMs === undefined) return
    const { settleMs, nowMs } = this.#options
    const settledMs = Math.min(nowMs() + settleMs, this.#lostMs + LOSS_NOTICE_MS)
    const earliestMs = this.#toldMs === undefined ? 0 : this.#toldMs + LOSS_NOTICE_MS
    const waitMs = Math.max(settledMs, earliestMs) - nowMs()
    clearTimeout(this.#timer)
    if (waitMs <= 0) this.#tell()
    else this.#timer = setTimeout(() => this.#tell(), waitMs)
  }

  /** The connection has lasted: the recovery is over. */
  lasted(): void {
    if (this.#lostMs !== undefined) this.#tell()
    this.#toldMs = undefined
  }

  /** The connection has ended: clients are told when the next one has settled. */
  close(): void {
    clearTimeout(this.#timer)
  }

  #tell(): void {
    clearTimeout(this.#timer)
    this.#lostMs = undefined
    this.#toldMs = this.#options.nowMs()
    this.#options.onDue()
  }
}
