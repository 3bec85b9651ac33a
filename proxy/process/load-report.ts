/** How many clients a process has, and whether it may have no more. */
export interface Load {
  readonly clients: number
  readonly isFull: boolean
}

export interface LoadReportOptions {
  readonly read: () => Load
  readonly send: (load: Load) => void
}

const STEP = 64

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
    if (load.isFull === this.#last.isFull && change < STEP) return
    this.#last = load
    send(load)
  }
}
