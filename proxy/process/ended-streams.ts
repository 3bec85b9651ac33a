import type { EndedStream } from '../log/ended-stream.ts'

type Send = (streams: readonly EndedStream[], dropped: number, onSent: () => void) => void

const MAX_WAITING = 2000

/**
 * Sends the streams that have ended to the primary process, one message at a time. If that process
 * does not read, a bounded number waits, and the rest is counted.
 */
export class EndedStreams {
  readonly #send: Send
  #waiting: EndedStream[] = []
  #dropped = 0
  #isSending = false

  constructor(send: Send) {
    this.#send = send
  }

  add(stream: EndedStream): void {
    if (this.#waiting.length >= MAX_WAITING) this.#dropped += 1
    else this.#waiting.push(stream)
    if (this.#isSending) return
    this.#isSending = true
    // Streams that end together need one message.
    setImmediate(() => this.#sendWaiting())
  }

  #sendWaiting(): void {
    const streams = this.#waiting
    const dropped = this.#dropped
    this.#waiting = []
    this.#dropped = 0
    this.#isSending = streams.length > 0
    if (this.#isSending) this.#send(streams, dropped, () => this.#sendWaiting())
  }
}
