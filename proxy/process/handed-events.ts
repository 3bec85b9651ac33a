import type { Frame } from '../sse/frame.ts'

interface HeldFrame {
  readonly backEnd: number
  readonly frame: Frame
  readonly bytes: Buffer
}

/** More is not held: the other process does not answer. */
const MOST_BYTES = 67_108_864

/**
 * Where events of back ends go while another process takes over: at first nowhere, then back into
 * the log or to that process, in order.
 */
export class HandedEvents {
  #held: HeldFrame[] = []
  #bytes = 0
  #send: ((backEnd: number, bytes: Buffer) => void) | undefined
  readonly #onFull: () => void

  /** `onFull` = too much is held, and `takeBack` must follow. */
  constructor(onFull: () => void) {
    this.#onFull = onFull
  }

  add(backEnd: number, frame: Frame, bytes: Buffer): void {
    if (this.#send !== undefined) {
      this.#send(backEnd, bytes)
      return
    }
    const copy = Buffer.from(bytes)
    this.#bytes += copy.length
    const { outgoing } = frame
    // The bytes of a frame may share memory with the connection.
    const kept = outgoing && { ...outgoing, bytes: Buffer.from(outgoing.bytes) }
    this.#held.push({ backEnd, frame: { ...frame, bytes: copy, outgoing: kept }, bytes: copy })
    if (this.#bytes > MOST_BYTES) this.#onFull()
  }

  /** Sends what is held and all that follows. */
  sendTo(send: (backEnd: number, bytes: Buffer) => void): void {
    this.#send = send
    for (const { backEnd, bytes } of this.takeBack()) send(backEnd, bytes)
  }

  /** What is held, which is then no more held. */
  takeBack(): readonly HeldFrame[] {
    const held = this.#held
    this.#held = []
    this.#bytes = 0
    return held
  }
}
