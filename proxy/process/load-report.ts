/** How many clients a process has, and whether it may have no more. */
export interface Load {
  readonly clients: number
  readonly isFull: boolean
}

export interface LoadReportOptions {
  readonly read: () => Load
  readonly send: (load: Load) => void
}

/** What the report may be wrong by: some clients, or a part of all. */
const STEP = 2
const STEP_PART = 1 / 64

/** Says how many clients a process has: at once when it becomes full, or no longer is, and else in steps. */
export class LoadReport {
  readonly #options: LoadReportOptions
  #last: Load = { clients: 0, isFull: false }

  constructor(options: LoadReportOptions) {
    this.#options = options
  }

  /** To be called when a client has come, and now and then for those that leave. */
  look(): void {
    const { read, send } = this.#options
    const load = read()
    const change = Math.abs(load.clients - this.#last.clients)
    const step = Math.max(STEP, load.clients * STEP_PART)
    if (load.isFull === this.#last.isFull && change < step) return
    this.#last = load
    send(load)
  }
}
