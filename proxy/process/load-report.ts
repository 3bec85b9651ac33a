/** How many clients a process has, and whether it can accept no more. */
export interface Load {
  readonly clients: number
  readonly isFull: boolean
}

/** Sends a load, and calls back once it has left this process. */
type SendLoad = (load: Load, onSent: () => void) => void

/** How far the reported number may be off: some clients, or a part of all. */
const STEP = 2
const STEP_PART = 1 / 64

/**
 * Reports the load of a process: at once when it becomes full or is no longer full, and otherwise
 * in steps. One report is sent at a time, so a receiver that does not read costs no memory. The
 * next report has the latest load.
 */
export class LoadReport {
  readonly #send: SendLoad
  #reported: Load = { clients: 0, isFull: false }
  #latest: Load = this.#reported
  #isSending = false

  constructor(send: SendLoad) {
    this.#send = send
  }

  /** To be called when a client has connected, and regularly for clients that have left. */
  update(load: Load): void {
    this.#latest = load
    if (this.#isSending || !this.#hasChanged) return
    this.#reported = load
    this.#isSending = true
    this.#send(load, () => {
      this.#isSending = false
      this.update(this.#latest)
    })
  }

  get #hasChanged(): boolean {
    const { clients, isFull } = this.#latest
    const change = Math.abs(clients - this.#reported.clients)
    const step = Math.max(STEP, clients * STEP_PART)
    return isFull !== this.#reported.isFull || change >= step
  }
}
