import type { BoundaryGuard } from '../boundary-guard.ts'
import type { ProxyError } from '../errors.ts'
import type { EventConnection } from './event-connection.ts'
import { lost } from './trouble.ts'
import type { UpstreamEnd } from './upstream-end.ts'

export interface RelayedEventsOptions {
  /** Asks the other process to send what it has received, and then no more. */
  readonly stop: () => void
  readonly guard: BoundaryGuard
  readonly nowMs: () => number
}

interface Receiver {
  readonly onFrame: (from: RelayedEvents, frame: Buffer) => void
  readonly onEnd: (from: RelayedEvents, end: UpstreamEnd) => void
}

/** The other process answers at once unless it hangs. */
const STOP_MS = 5000

/** Events of a back end to which another process of this proxy is still connected. */
export class RelayedEvents implements EventConnection {
  readonly #options: RelayedEventsOptions
  readonly hasPartialFrame = false
  readonly comments = 0
  /** It is always to be replaced. */
  readonly isSilent = true
  #receiver: Receiver | undefined
  /** Frames that came before there was a receiver. */
  #early: Buffer[] = []
  #heardMs = 0
  #error = lost('the process before has ended')
  #hasEnded = false
  #deadline: NodeJS.Timeout | undefined

  constructor(options: RelayedEventsOptions) {
    this.#options = options
  }

  get heardMs(): number {
    return this.#heardMs
  }

  /** Passes on the frames, and the end if that has come already. */
  receive(receiver: Receiver): void {
    this.#receiver = receiver
    const early = this.#early
    this.#early = []
    for (const frame of early) receiver.onFrame(this, frame)
    if (this.#hasEnded) this.#reportEnd()
  }

  push(frame: Buffer): void {
    if (this.#hasEnded) return
    this.#heardMs = this.#options.nowMs()
    if (this.#receiver === undefined) this.#early.push(frame)
    else this.#receiver.onFrame(this, frame)
  }

  /** The other process sends no more. */
  finish(): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    clearTimeout(this.#deadline)
    this.#reportEnd()
  }

  end(error: ProxyError): void {
    if (this.#hasEnded || this.#deadline !== undefined) return
    this.#error = error
    const { guard, stop } = this.#options
    this.#deadline = setTimeout(() => guard.run('timer', () => this.finish()), STOP_MS)
    stop()
  }

  #reportEnd(): void {
    this.#receiver?.onEnd(this, { error: this.#error, retryAfterMs: 0, refusesRequest: false })
  }
}
