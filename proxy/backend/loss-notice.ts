export interface LossNoticeOptions {
  /**
   * How long a connection has to stay open before clients are notified of events lost before it.
   */
  readonly settleMs: number
  /** Notifies clients now. */
  readonly onDue: () => void
  readonly nowMs: () => number
}

/** While no connection lasts, clients get one notice per this time. */
const LOSS_NOTICE_MS = 60_000

/**
 * Decides when clients are notified that events of one back end were lost: once per recovery, after
 * a connection has settled. A back end that answers and then ends the stream does not cause a
 * notice for each attempt. A back end that never settles causes one notice per minute, because
 * events are lost in any case.
 */
export class LossNotice {
  readonly #options: LossNoticeOptions
  /** Time of the oldest loss without a notice; undefined = there is none. */
  #lostMs: number | undefined
  /** Time of the last notice in this recovery. */
  #toldMs: number | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(options: LossNoticeOptions) {
    this.#options = options
  }

  /** Whether a loss has had no notice yet. */
  get isPending(): boolean {
    return this.#lostMs !== undefined
  }

  /** Events may be lost from now on. */
  lose(): void {
    this.#lostMs ??= this.#options.nowMs()
  }

  /** What was lost before needs no notice any more. */
  forget(): void {
    this.#lostMs = undefined
  }

  /** A connection has opened. Clients are notified when it has settled. */
  open(): void {
    if (this.#lostMs === undefined) return
    const { settleMs, nowMs } = this.#options
    const settledMs = Math.min(nowMs() + settleMs, this.#lostMs + LOSS_NOTICE_MS)
    const earliestMs = this.#toldMs === undefined ? 0 : this.#toldMs + LOSS_NOTICE_MS
    const waitMs = Math.max(settledMs, earliestMs) - nowMs()
    clearTimeout(this.#timer)
    if (waitMs <= 0) this.#notify()
    else this.#timer = setTimeout(() => this.#notify(), waitMs)
  }

  /** The connection has lasted, so the recovery has ended. */
  lasted(): void {
    if (this.#lostMs !== undefined) this.#notify()
    this.#toldMs = undefined
  }

  /** The connection has ended. Clients are notified when the next one has settled. */
  close(): void {
    clearTimeout(this.#timer)
  }

  #notify(): void {
    clearTimeout(this.#timer)
    this.#lostMs = undefined
    this.#toldMs = this.#options.nowMs()
    this.#options.onDue()
  }
}
